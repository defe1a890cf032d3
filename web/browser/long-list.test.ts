import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { users } from "./evening.ts";
import { type FakeServices, fakeServices } from "./fake-services.ts";
import { longEvening, ROWS } from "./long-list.ts";
import { serveBuild } from "./serve-build.ts";

describe.skipIf(chromiumPath === undefined)("five hundred rows", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;
  let page: Page;
  let feed: FakeServices;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  beforeEach(async () => {
    const context = await browser.newContext({
      baseURL: site.url,
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(10_000);
    feed = await fakeServices(context, { user: users.host, room: longEvening, voted: [] });
    page = await context.newPage();
    await page.goto("/");
    await page.getByRole("button", { name: /^Drag/ }).nth(5).waitFor({ state: "attached" });
  });

  afterEach(() => page.context().close());

  const row = (id: string) => page.locator(`[data-row="${id}"]:not([inert])`);
  const hasFocus = (id: string) =>
    row(id).evaluate((element) => element.contains(document.activeElement));

  const moved = () =>
    feed.asked.filter(({ method }) => method === "put").map(({ path, body }) => [path, body]);

  test("the page holds those in view, and says how many there are", async () => {
    expect(await page.getByRole("listitem").count()).toBeLessThan(60);
    expect(await row("i3").getAttribute("aria-setsize")).toBe(String(ROWS));
    expect(await row("i3").getAttribute("aria-posinset")).toBe("4");
  });

  test("the keyboard walks past the edge of the view", async () => {
    for (let step = 0; step < 30; step += 1) await page.keyboard.press("j");

    await expect.poll(() => hasFocus("i29")).toBe(true);
    expect(await row("i29").isVisible()).toBe(true);
  });

  test("the focus is not lost while its row is scrolled away, nor when it moves", async () => {
    await page.keyboard.press("j");
    await expect.poll(() => hasFocus("i0")).toBe(true);
    await page.mouse.move(800, 500);
    await page.mouse.wheel(0, 9_000);
    await row("i165").waitFor();
    expect(await hasFocus("i0")).toBe(true);

    feed.patch([{ op: "move", from: "/items/0", path: "/items/300" }]);
    await expect.poll(() => row("i0").getAttribute("aria-posinset")).toBe("301");
    await page.keyboard.press("j");

    await expect.poll(() => hasFocus("i301")).toBe(true);
  });

  test("when the row with the focus goes, the next one has it", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await expect.poll(() => hasFocus("i1")).toBe(true);

    feed.patch([{ op: "remove", path: "/items/1" }]);

    await expect.poll(() => hasFocus("i2")).toBe(true);
  });

  test("a row is dragged by its handle with the mouse", async () => {
    await row("i5").hover();
    const from = await row("i5").getByRole("button", { name: /^Drag/ }).boundingBox();
    const to = await row("i2").boundingBox();
    if (from === null || to === null) throw new Error("The rows are not in view.");
    await page.mouse.move(from.x + 20, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(from.x + 20, from.y - 10, { steps: 5 });
    await page.mouse.move(from.x + 20, to.y + 20, { steps: 10 });
    await page.mouse.up();

    await expect.poll(moved).toEqual([["/api/jukebox/queue/i5/position", { before: "i2" }]]);
  });

  test("a row is dragged with the keyboard", async () => {
    await row("i3").getByRole("button", { name: /^Drag/ }).focus();

    await page.keyboard.press("Space");
    await page.getByText(/^Northbound, Late 3 is taken/).waitFor({ state: "attached" });
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => row("i3").getAttribute("aria-posinset")).toBe("5");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => row("i3").getAttribute("aria-posinset")).toBe("6");
    await page.getByText("Northbound, Late 3 is now over place 6").waitFor({ state: "attached" });
    await page.keyboard.press("Space");

    await expect.poll(moved).toEqual([["/api/jukebox/queue/i3/position", { after: "i5" }]]);
  });
});
