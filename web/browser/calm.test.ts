import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { evening, NOW, users } from "./evening.ts";
import { Viewer } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

declare global {
  interface Window {
    announced: string[];
  }
}

describe.skipIf(chromiumPath === undefined)("calm", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;
  let viewer: Viewer;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
    viewer = await Viewer.open(browser, site.url, { language: "en", theme: "dark", width: 1280 });
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  test("a minute of music and other people's votes announce nothing", async () => {
    const page = await viewer.show({ name: "room", path: "/", user: users.host });
    await page.evaluate(listen);
    const [first, ...others] = evening.items;
    for (const minute of [1, 2, 3]) {
      await page.clock.setFixedTime(NOW + minute * 20_000);
      const items = [first, ...others].flatMap((item) =>
        item === undefined ? [] : [{ ...item, votes: item.votes + minute }],
      );
      viewer.send({
        type: "snapshot",
        revision: evening.revision + minute,
        queue: { ...evening, items, revision: evening.revision + minute },
      });
      const kettle = 7 + minute;
      await page.getByRole("button", { name: `Vote for Kettle Song, ${kettle} votes` }).waitFor();
    }

    expect(await page.evaluate(() => window.announced)).toEqual([]);
  });

  test("a refusal is announced once", async () => {
    const page = await viewer.show({ name: "room", path: "/", user: users.host });
    await page.evaluate(listen);
    await page.getByRole("button", { name: "Skip", exact: true }).click();
    await page.getByRole("region", { name: "Messages" }).getByText(/./).first().waitFor();

    await expect.poll(() => page.evaluate(() => window.announced.length)).toBe(1);
  });

  test("what has the focus is seen, and nothing lies over it", async () => {
    const page = await viewer.show({ name: "room", path: "/", user: users.host });
    const wrong: string[] = [];
    const names = new Set<string>();
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press("Tab");
      const { name, complaint } = await page.evaluate(focused);
      names.add(name);
      if (complaint !== "") wrong.push(`${name}: ${complaint}`);
    }

    expect(wrong).toEqual([]);
    expect(names.size).toBeGreaterThan(30);
  });
});

/** Writes down what a screen reader would be told by itself: texts that change in live regions. */
function listen(): void {
  window.announced = [];
  const LIVE = "[aria-live=polite], [aria-live=assertive], [role=status], [role=alert], [role=log]";
  let last = "";
  new MutationObserver((changes) => {
    const said = changes
      .map(({ target }) => (target instanceof Element ? target : target.parentElement))
      .map((element) => element?.closest(LIVE))
      .filter((region): region is Element => region !== null && region !== undefined)
      .filter((region) => region.closest("[aria-live=off]") === null)
      .map((region) => region.textContent.trim())
      .filter((text) => text !== "");
    for (const text of new Set(said)) {
      if (text !== last) window.announced.push(text);
      last = text;
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

/** What has the focus, and what is wrong with how it is shown. */
function focused(): { name: string; complaint: string } {
  const element = document.activeElement as HTMLElement | null;
  if (element === null || element === document.body) return { name: "the page", complaint: "" };
  const name = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 60);
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
  const marked = ring || style.boxShadow !== "none";
  const inView =
    box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const covered = over !== null && !element.contains(over) && !over.contains(element);
  const complaint = [
    marked ? "" : "no visible focus",
    inView ? "" : "not in view",
    covered ? `covered by ${over.outerHTML.slice(0, 80)}` : "",
  ];
  return { name, complaint: complaint.filter(Boolean).join(", ") };
}
