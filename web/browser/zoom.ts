import type { Page } from "playwright-core";

/** 320 pixels are what 1280 become at 400 %; 640 at 200 %. */
const WINDOWS = [
  { name: "320 pixels wide", width: 320, height: 640 },
  { name: "at 200 %", width: 640, height: 400 },
];

/** What WCAG 1.4.12 lets people set. */
const SPACED = `* {
  line-height: 1.5 !important;
  letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important;
}
p { margin-block-end: 2em !important; }`;

/** What zoom and text spacing cut off on the page as it stands; it is spaced from then on. */
export async function cutOff(page: Page): Promise<string[]> {
  const before = page.viewportSize();
  const wrong: string[] = [];
  for (const { name, width, height } of WINDOWS) {
    await page.setViewportSize({ width, height });
    const complaints = await page.evaluate(complaintsHere);
    wrong.push(...complaints.map((complaint) => `${name}: ${complaint}`));
  }
  await page.addStyleTag({ content: SPACED });
  const spaced = await page.evaluate(complaintsHere);
  wrong.push(...spaced.map((complaint) => `with text spacing: ${complaint}`));
  if (before !== null) await page.setViewportSize(before);
  return wrong;
}

/** What moves although it was asked not to. */
export const moving = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === "running")
      .map((animation) => (animation as CSSAnimation).animationName ?? animation.id),
  );

/** What makes the page scroll sideways, and texts that are cut without dots. */
async function complaintsHere(): Promise<string[]> {
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
