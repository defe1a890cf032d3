import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { LOOKS, SCREENS, Viewer } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

/** Everything that WCAG 2.2 AA asks for and a machine can see, and what is good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

describe.skipIf(chromiumPath === undefined)("accessibility", () => {
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

  describe.each(LOOKS)("$language, $width", (look) => {
    let viewer: Viewer;

    beforeAll(async () => {
      viewer = await Viewer.open(browser, site.url, look);
    });

    afterAll(() => viewer?.close());

    test.each(SCREENS)("$name", async (screen) => {
      const page = await viewer.show(screen);

      // What floats (menus, dialogs) stands at the end of the page, outside its landmarks.
      const floats = (await page.locator("[data-portal]:not(:empty)").count()) > 0;
      const axe = new AxeBuilder({ page }).setLegacyMode().withTags(RULES);
      const dark = await (floats ? axe.disableRules(["region"]) : axe).analyze();
      const small = await page.evaluate(tooSmall);
      // A theme changes colours and nothing else.
      await viewer.wear("light");
      const light = await new AxeBuilder({ page })
        .setLegacyMode()
        .withRules(["color-contrast"])
        .analyze();

      expect({ dark: told(dark), light: told(light), small }).toEqual({
        dark: [],
        light: [],
        small: [],
      });
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(look.language);
      expect(await page.title()).toMatch(/\S · Backline$/);
    });
  });
});

function told({ violations }: Awaited<ReturnType<AxeBuilder["analyze"]>>): string[] {
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}

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
