import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { LOOKS, SCREENS, Viewer } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";
import { cutOff, moving } from "./zoom.ts";

describe.skipIf(chromiumPath === undefined)("every screen", () => {
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

  // The looks go side by side, each in a window of its own, which shows one screen after another.
  describe.concurrent.each(LOOKS)("$language, $width", (look) => {
    let viewer: Viewer;

    beforeAll(async () => {
      viewer = await Viewer.open(browser, site.url, look);
    });

    afterAll(() => viewer?.close());

    test.each(SCREENS)("$name", { concurrent: false }, async (screen) => {
      const page = await viewer.show(screen);

      // What floats (menus, dialogs) stands at the end of the page, outside its landmarks.
      const floats = (await page.locator("[data-portal]:not(:empty)").count()) > 0;
      const dark = await violations(page, floats ? { without: ["region"] } : {});
      const small = await page.evaluate(tooSmall);
      // A theme changes colours and nothing else.
      await viewer.wear("light");
      const light = await violations(page, { only: ["color-contrast"] });

      const still = await moving(page);
      // Russian words are the longest; loading the screen once more would show nothing else.
      const isLongest = look.language === "ru" && look.width === 390;
      const cut = isLongest ? await cutOff(page) : [];

      expect({ dark, light, small, moving: still, cut }).toEqual({
        dark: [],
        light: [],
        small: [],
        moving: [],
        cut: [],
      });
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(look.language);
      expect(await page.title()).toMatch(/\S · Backline$/);
    });
  });
});

/** Controls whose target, with what reaches beyond their box, is under 44 px on either side. */
function tooSmall(): string[] {
  const least = 43.5;
  const controls = "button, a[href], select, textarea, summary, [role=slider], label";
  // What stands within a sentence is as high as its line (2.5.8); a text field's label is no target.
  const isTarget = (control: HTMLElement) =>
    control instanceof HTMLLabelElement
      ? ["checkbox", "radio"].includes((control.control as HTMLInputElement | null)?.type ?? "")
      : control.closest("p")?.textContent.trim() === control.textContent.trim() ||
        control.closest("p") === null;
  return [...document.querySelectorAll<HTMLElement>(controls)]
    .filter((control) => control.offsetParent !== null && control.closest(".vh") === null)
    .filter(isTarget)
    .flatMap((control) => {
      const box = control.getBoundingClientRect();
      if (box.bottom < 0) return []; // the way past the navigation, until it has the focus
      const size = [box.width, box.height];
      for (const part of ["::after", "::before"] as const) {
        const style = getComputedStyle(control, part);
        if (style.position !== "absolute" || style.content === "none") continue;
        size[0] = Math.max(size[0] ?? 0, Number.parseFloat(style.width) || 0);
        size[1] = Math.max(size[1] ?? 0, Number.parseFloat(style.height) || 0);
      }
      const ok = size.every((side) => side >= least);
      const name = control.getAttribute("aria-label") ?? control.textContent;
      return ok ? [] : [`${control.tagName} ${name}: ${size.map(Math.round).join(" by ")}`];
    });
}
