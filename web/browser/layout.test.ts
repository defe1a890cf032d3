import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { evening, NOW, users } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";
import { type Look, SCREENS, Viewer } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

const MOST = 0.02;

/** What opens cold besides the Room: each with what comes late, and where it has most to push. */
const OPENED: [screen: string, look: Partial<Look>][] = [
  ["line-up", { width: 390 }],
  ["line-up", { width: 390, language: "ru" }],
  ["acts of a host", {}],
  ["wall", {}],
  ["wall with a score", {}],
  ["join", { width: 390 }],
];

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: Node }[];
}

declare global {
  interface Window {
    shifts: { value: number; what: string[] }[];
  }
}

/** Runs before the page's own scripts: what moves because somebody just did something is meant. */
function watchShifts(): void {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) {
      if (hadRecentInput) continue;
      const what = sources.map(({ node }) => (node as Element | undefined)?.className ?? "text");
      window.shifts.push({ value, what });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

describe.skipIf(chromiumPath === undefined)("nothing jumps", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  async function open(width: number) {
    const context = await browser.newContext({
      baseURL: site.url,
      viewport: { width, height: width === 390 ? 844 : 800 },
      locale: "en-GB",
      serviceWorkers: "block",
    });
    context.setDefaultTimeout(10_000);
    const services = await fakeServices(context, { user: users.sam });
    const page = await context.newPage();
    await page.addInitScript(watchShifts);
    await page.clock.setFixedTime(NOW);
    await page.goto("/");
    await page.getByText("Half a Mile of Rain").waitFor();
    await page.waitForLoadState("networkidle");
    return { page, services };
  }

  /** What moved since the last look. */
  async function moved(page: Page) {
    await page.evaluate(async () => {
      for (let n = 0; n < 20; n += 1) await new Promise(requestAnimationFrame);
    });
    const shifts = await page.evaluate(() => window.shifts.splice(0));
    return { sum: shifts.reduce((sum, { value }) => sum + value, 0), shifts };
  }

  test.each(OPENED)("while this opens: %s, %o", async (name, look) => {
    const screen = SCREENS.find((one) => one.name === name);
    if (screen === undefined) throw new Error(`There is no screen ${name}.`);
    const full: Look = { language: "en", theme: "dark", width: 1280, ...look };
    const viewer = await Viewer.open(browser, site.url, full);
    await viewer.page.addInitScript(watchShifts);
    const page = await viewer.show(screen);
    await page.waitForLoadState("networkidle");
    const { sum, shifts } = await moved(page);
    await viewer.close();

    expect(sum, JSON.stringify(shifts)).toBeLessThanOrEqual(MOST);
  });

  describe.each([390, 1280])("%i pixels wide", (width) => {
    test("while it loads, when the next song begins, and with the sheet", async () => {
      const { page, services } = await open(width);
      const load = await moved(page);
      const [first] = evening.items;
      if (first === undefined) throw new Error("The evening is empty.");
      services.patch([
        { op: "remove", path: "/items/0" },
        { op: "replace", path: "/playback/item", value: { ...first, state: "playing" } },
        { op: "replace", path: "/playback/item_id", value: first.id },
        { op: "replace", path: "/heard", value: 32 },
      ]);
      const now = page.locator("section[aria-labelledby=now]");
      await now.getByText("Paper Lanterns").waitFor();
      const song = await moved(page);
      await page.getByRole("button", { name: "Add a song" }).click();
      await page.getByRole("searchbox").waitFor();
      const sheet = await moved(page);
      await page.keyboard.press("Escape");
      await page.context().close();

      for (const [what, { sum, shifts }] of Object.entries({ load, song, sheet })) {
        expect(sum, `${what}: ${JSON.stringify(shifts)}`).toBeLessThanOrEqual(MOST);
      }
    });
  });
});
