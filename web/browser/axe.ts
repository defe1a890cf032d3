import axe, { type AxeResults, type RunOptions } from "axe-core";
import type { Page } from "playwright-core";

/** Everything that WCAG 2.2 AA asks for and a machine can see, and what is good practice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Options {
  /** Only these rules, instead of all. */
  only?: string[];
  without?: string[];
}

/** What axe finds wrong on the page as it stands, each rule with the elements that break it. */
export async function violations(page: Page, { only, without = [] }: Options = {}) {
  // A page's own copy lasts until the next navigation.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const options: RunOptions = {
    runOnly: only ? { type: "rule", values: only } : { type: "tag", values: TAGS },
    rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
    resultTypes: ["violations"],
    // Style sheets and media of other origins would be fetched; the app has none.
    preload: false,
    elementRef: false,
    iframes: false,
  };
  const found = await page.evaluate(
    (wanted) => (window as unknown as { axe: typeof axe }).axe.run(document, wanted),
    options,
  );
  return told(found);
}

function told({ violations: broken }: AxeResults): string[] {
  return broken.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}
