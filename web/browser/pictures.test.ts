import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { users } from "./evening.ts";
import { picture } from "./pictures.ts";
import { type Look, openScreen, SCREENS, type Screen } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

const screenOf = (wanted: string) => SCREENS.find(({ name }) => name === wanted) as Screen;

const PICTURES: [file: string, screen: Screen, look: Partial<Look>][] = [
  ["room", { name: "room", path: "/", user: users.host }, {}],
  [
    "room-light",
    {
      name: "row menu",
      path: "/",
      user: users.host,
      prepare: async (page) => {
        await page.getByRole("button", { name: /^More for Everything/ }).click();
      },
    },
    { theme: "light" },
  ],
  ["room-phone", { name: "room", path: "/", user: users.sam }, { width: 390 }],
  ["add-phone", screenOf("add sheet"), { width: 390 }],
  ["wall", screenOf("wall"), {}],
  ["lineup-phone", screenOf("line-up"), { width: 390 }],
  ["lineup-phone-ru", screenOf("line-up"), { width: 390, language: "ru", theme: "light" }],
  ["host-lineup", screenOf("acts of a host"), {}],
  ["wall-score", screenOf("wall with a score"), {}],
  [
    "print",
    {
      ...screenOf("sheet for the tables"),
      // The tent is folded: half of it would stand on its head in a picture.
      prepare: (page) => page.getByText("A4", { exact: true }).click(),
    },
    { theme: "light" },
  ],
  ["join-phone", { name: "join", path: "/join", user: null }, { width: 390 }],
];

describe.skipIf(chromiumPath === undefined)("pictures for the documentation", () => {
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

  test.each(PICTURES)("%s", async (file, screen, look) => {
    const full: Look = { language: "en", theme: "dark", width: 1280, ...look };
    const page = await openScreen(browser, site.url, screen, full, full.width === 390 ? 2 : 1);

    const taken = await picture(page, file);
    const shift = await page.evaluate(layoutShift);
    await page.context().close();

    expect(taken.length).toBeGreaterThan(20_000);
    // What a search brings takes the place of what stood there; only opening must be still.
    if (screen.prepare === undefined) expect(shift).toBeLessThanOrEqual(0.02);
  });
});

interface Shift {
  value: number;
  hadRecentInput: boolean;
}

/** The cumulative layout shift since the page was opened (web.dev/cls, without session windows). */
function layoutShift(): Promise<number> {
  return new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & Shift)[]) {
        // What moves because somebody just did something is meant to.
        if (!entry.hadRecentInput) sum += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 100);
  });
}
