import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { LOOKS, openScreen, SCREENS } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

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
    test.each(SCREENS)("$name", async (screen) => {
      const page = await openScreen(browser, site.url, screen, look);

      // What floats (menus, dialogs) stands at the end of the page, outside its landmarks.
      const floats = (await page.locator("[data-portal]:not(:empty)").count()) > 0;
      const axe = new AxeBuilder({ page });
      const dark = await (floats ? axe.disableRules(["region"]) : axe).analyze();
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      // A theme changes colours and nothing else.
      await page.emulateMedia({ colorScheme: "light" });
      await page.locator("html[data-mantine-color-scheme=light]").waitFor();
      const light = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
      await page.context().close();

      expect({ dark: told(dark), light: told(light) }).toEqual({ dark: [], light: [] });
      expect(sideways, "the page scrolls sideways").toBeLessThanOrEqual(0);
    });
  });

  test("what can be pressed is at least 44 by 44 pixels", async () => {
    const small: string[] = [];
    for (const look of LOOKS.filter(({ language }) => language === "en")) {
      for (const screen of SCREENS.slice(0, 2)) {
        const page = await openScreen(browser, site.url, screen, look);
        small.push(...(await page.evaluate(tooSmall)));
        await page.context().close();
      }
    }

    expect([...new Set(small)]).toEqual([]);
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
  return [...document.querySelectorAll<HTMLElement>("button, a[href], [role=slider], label")]
    .filter((control) => control.offsetParent !== null && control.closest(".vh") === null)
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
      return ok ? [] : [`${name}: ${size.map(Math.round).join(" by ")}`];
    });
}
