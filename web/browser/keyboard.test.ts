import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const SONGS = ["Paper Lanterns", "Kettle Song", "Northbound, Late", "Salt on the Window"].map(
  // The first one plays until it is skipped.
  (title, n) => ({
    file: `k${n}.flac`,
    title,
    artist: "Ada Vento",
    seconds: n === 0 ? 240 : 60 + n,
  }),
);

describe.skipIf(chromiumPath === undefined)("an evening without a mouse", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;
  let sam: Visitor;

  beforeAll(async () => {
    box = await startBox();
    browser = await launch();
    await box.createUser("nina", "host", "Nina Kallas");
    host = await Visitor.open(browser, box.url);
    await host.logIn("nina");
    await host.upload(await makeSounds(SONGS.slice(0, 2)));
    sam = await Visitor.open(browser, box.url);
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const press = (key: string) => sam.page.keyboard.press(key);
  const type = (words: string) => sam.page.keyboard.type(words);

  /** Presses Tab until what has the focus has this name; at each stop the focus must be seen. */
  async function tabTo(name: RegExp, by = "Tab"): Promise<void> {
    for (let stop = 0; stop < 60; stop += 1) {
      await press(by);
      const focus = await sam.page.evaluate(focused);
      expect(focus.problem, `focus on “${focus.name}”`).toBe("");
      if (name.test(focus.name)) return;
    }
    throw new Error(`Tab never came to ${name}.`);
  }

  const titles = async () => (await sam.rows()).map(({ title }) => title);

  test("register", async () => {
    await sam.page.goto("/register");
    await sam.page.getByLabel("User name").waitFor();
    await tabTo(/^User name/);
    await type("sam");
    await tabTo(/^Name that others see/);
    await type("Sam");
    await tabTo(/^Password/);
    await type(PASSWORD);
    await press("Enter");

    await sam.isLive();
  });

  test("add: the sheet opens by a key, the file by the keyboard's own dialog", async () => {
    await press("/");
    await sam.page.getByRole("searchbox").waitFor();
    // The dialog in which files are chosen is the system's.
    await sam.page
      .locator('input[type="file"]')
      .first()
      .setInputFiles(await makeSounds(SONGS.slice(2)));
    await sam.page.getByText("Salt on the Window").first().waitFor({ timeout: 40_000 });
    await press("Escape");

    await expect.poll(titles, { timeout: 40_000 }).toContain("Salt on the Window");
    await expect.poll(() => sam.page.getByText("Checking the sound").count()).toBe(0);
  });

  /** Walks the rows until the one of this title has the focus. */
  async function walkTo(title: string): Promise<void> {
    await press("j");
    const all = await titles();
    for (let step = 0; step < all.length * 2; step += 1) {
      const { row } = await sam.page.evaluate(focused);
      // Rows that trade places pass over one another for a moment.
      await expect
        .poll(async () => (await sam.page.evaluate(focused)).problem, { message: `on “${row}”` })
        .toBe("");
      if (row === title) return;
      await press(all.indexOf(row) > all.indexOf(title) ? "k" : "ArrowDown");
    }
    throw new Error(`No row “${title}”.`);
  }

  test("vote, move, remove and take back", async () => {
    const own = (await titles()).filter((title) => SONGS.slice(2).some((s) => s.title === title));
    const [first = "", second = ""] = own;

    await walkTo(second);
    await press("v");
    await expect
      .poll(async () => (await sam.rows()).find(({ title }) => title === second)?.votes)
      .toBe("1");

    await press("Shift+ArrowUp");
    await expect
      .poll(async () => (await titles()).filter((title) => own.includes(title)))
      .toEqual([second, first]);
    await walkTo(second);
    await press("Delete");
    await expect.poll(titles).not.toContain(second);
    await press("Control+z");

    await expect.poll(titles).toContain(second);
  });

  test("skip what plays with a vote", async () => {
    const playing = await sam.playing();
    await tabTo(/vote to skip/);
    await press("Enter");

    await expect.poll(() => sam.playing()).not.toBe(playing);
  });

  test("log out", async () => {
    await tabTo(/^Me$/);
    await press("Enter");
    await sam.page.getByRole("heading", { level: 1 }).waitFor();
    await tabTo(/^Log out$/);
    await press("Enter");

    await sam.page.getByLabel("Join as").waitFor();
  });
});

/** What has the focus, and what keeps people from seeing that it does. */
function focused(): { name: string; row: string; problem: string } {
  const element = document.activeElement as HTMLElement | null;
  const row = element?.closest("[data-row]")?.querySelector("b")?.textContent ?? "";
  if (element === null || element === document.body) return { name: "", row, problem: "" };
  const label = (element as HTMLInputElement).labels?.[0]?.textContent;
  const name = (element.getAttribute("aria-label") ?? label ?? element.textContent ?? "").trim();
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const marked = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const seen = top !== null && (element.contains(top) || top.contains(element));
  const problems = [!marked && "it has no outline", !seen && "something stands over it"];
  return { name, row, problem: problems.filter(Boolean).join(", ") };
}
