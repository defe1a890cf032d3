import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { SCREENS, Viewer } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

/** 320 pixels are what 1280 become at 400 %; 640 at 200 %. Russian words are the longest. */
const WINDOWS = [
  { name: "320 pixels wide", width: 320, height: 640 },
  { name: "at 200 %", width: 640, height: 400 },
];

describe.skipIf(chromiumPath === undefined)("zoomed", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;
  let viewer: Viewer;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
    viewer = await Viewer.open(browser, site.url, { language: "ru", theme: "dark", width: 390 });
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  test.each(SCREENS)("$name", async (screen) => {
    const page = await viewer.show(screen);
    const wrong: string[] = [];
    for (const { name, width, height } of WINDOWS) {
      await page.setViewportSize({ width, height });
      const complaints = await page.evaluate(cutOff);
      wrong.push(...complaints.map((complaint) => `${name}: ${complaint}`));
    }
    await page.addStyleTag({ content: SPACED });
    const spaced = await page.evaluate(cutOff);
    wrong.push(...spaced.map((complaint) => `with text spacing: ${complaint}`));
    const moving = await page.evaluate(() =>
      document
        .getAnimations()
        .filter(({ playState }) => playState === "running")
        .map((animation) => (animation as CSSAnimation).animationName ?? animation.id),
    );
    await page.setViewportSize({ width: 390, height: 844 });

    expect(wrong).toEqual([]);
    expect(moving, "it moves although it was asked not to").toEqual([]);
  });
});

/** What WCAG 1.4.12 lets people set. */
const SPACED = `* {
  line-height: 1.5 !important;
  letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important;
}
p { margin-block-end: 2em !important; }`;

/** What makes the page scroll sideways, and texts that are cut without dots. */
async function cutOff(): Promise<string[]> {
  // What floats finds its new place in the frames after the window changed.
  for (const _ of "123") await new Promise(requestAnimationFrame);
  const found: string[] = [];
  const sideways = document.documentElement.scrollWidth - innerWidth;
  if (sideways > 0) {
    const widest = [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .at(-1);
    found.push(`scrolls sideways by ${sideways} (${widest?.outerHTML.slice(0, 120)})`);
  }
  // A row of filters may scroll by itself, if it says what it is and the keyboard gets to its end.
  const isWithinReach = (control: HTMLElement) => {
    const row = control.closest<HTMLElement>("[role=group][aria-label]");
    if (row === null || getComputedStyle(row).overflowX !== "auto") return false;
    if (control.tabIndex < 0 || row.getBoundingClientRect().right > innerWidth + 1) return false;
    control.scrollIntoView({ inline: "nearest", block: "nearest" });
    const { left, right } = control.getBoundingClientRect();
    row.scrollLeft = 0;
    return left >= -1 && right <= innerWidth + 1;
  };
  for (const control of document.querySelectorAll<HTMLElement>("button, a[href], h1, h2, label")) {
    if (control.closest(".vh") !== null || control.offsetParent === null) continue;
    const style = getComputedStyle(control);
    const cut =
      style.overflowX !== "visible" &&
      style.textOverflow !== "ellipsis" &&
      control.scrollWidth > control.clientWidth + 1;
    const box = control.getBoundingClientRect();
    const outside = box.right > innerWidth + 1 && box.width > 0 && !isWithinReach(control);
    if (cut || outside) found.push(`is cut: ${control.outerHTML.slice(0, 120)}`);
  }
  return found;
}
