import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const ARABIC = "ليلة طويلة في المدينة القديمة مع أصدقائي الذين لا ينامون أبدا";
const HTML = '<b>Bold</b><script>document.title="taken"</script>';
const NAME = "<i>Zoë</i> שלום 🎸";

/** File name, its title, and how the title is shown. */
const SONGS: [file: string, title: string, artist: string, shown: RegExp][] = [
  ["long.mp3", "La".repeat(5_000), "B".repeat(3_000), /^(La){149}L?a?…$/],
  ["arabic.mp3", ARABIC, "فيروز", new RegExp(`^${ARABIC}$`)],
  ["html.mp3", HTML, '<img src=x onerror="document.title=1">', /^<b>Bold<\/b><script>/],
  ["family.mp3", "👩‍👩‍👧‍👦🎸 Party", "🇫🇷", /^👩‍👩‍👧‍👦🎸 Party$/],
  ["zero-width.mp3", "\u200b\u200d\u2060", "\u202eevil\u0007", /^zero-width$/],
];

describe.skipIf(chromiumPath === undefined)("bad input", () => {
  let box: Box;
  let browser: Browser;
  let files: string[];
  let maya: Visitor;

  beforeAll(async () => {
    [box, browser, files] = await Promise.all([
      startBox(),
      launch(),
      makeSounds(SONGS.map(([file, title, artist]) => ({ file, title, artist, seconds: 8 }))),
    ]);
    await box.createUser("maya", "host", NAME);
    maya = await Visitor.open(browser, box.url);
    await maya.logIn("maya");
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  test("files that are no songs say so, each in its words", async () => {
    const folder = path.dirname(files[0] ?? "");
    const [empty, text] = [path.join(folder, "empty.mp3"), path.join(folder, "really-text.mp3")];
    await writeFile(empty, "");
    await writeFile(text, "This is not a song. ".repeat(60_000));
    const { page } = maya;
    await page.getByRole("button", { name: "Add a song" }).first().click();

    await page.locator('input[type="file"]').setInputFiles([empty, text]);

    const words = (file: string, says: RegExp) => maya.row(file).getByText(says).waitFor();
    await words("empty.mp3", /^This file is empty\. Choose one that has sound in it\.$/);
    await words("really-text.mp3", /^This is not a sound file we can read\./);
    for (const file of ["empty.mp3", "really-text.mp3"]) {
      // What is refused for what it is has no use for another try.
      expect(await page.getByRole("button", { name: `Try ${file} again` }).count()).toBe(0);
      await page.getByRole("button", { name: `Give up ${file}` }).click();
    }
    await maya.closeSheet();
  });

  test("titles of any kind are shown as they are, in one line, and break nothing", async () => {
    await maya.upload(files);
    const { page } = maya;

    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      for (const place of ["/", "/?add=true", "/me"]) {
        await page.goto(place);
        await page.getByText("Party").first().waitFor();
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect({ place, width, sideways }).toEqual({ place, width, sideways: 0 });
        expect({ place, width, high: await page.evaluate(tooHigh) }).toEqual({
          place,
          width,
          high: [],
        });
      }
    }
    const titles = await page.locator("[aria-labelledby=songs] li b[dir=auto]").allTextContents();
    expect(titles.length).toBe(SONGS.length);
    for (const [, , , shown] of SONGS) {
      expect(titles.some((title) => shown.test(title))).toBe(true);
    }
    expect(await page.title()).not.toMatch(/taken|^1$/);
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(maya.complaints).toEqual([]);
  });

  test("a correction that leaves nothing to read is refused at the field", async () => {
    const { page } = maya;
    await page.goto("/me");
    await page.getByRole("button", { name: /^Correct .*Party/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title").fill("\u2800\u200d");

    await dialog.getByRole("button", { name: "Save" }).click();

    await dialog.getByText("Give the song a title that can be read.").waitFor();
    await dialog.getByLabel("Title").fill(`  ${"x".repeat(400)}`);
    expect((await dialog.getByLabel("Title").inputValue()).length).toBe(300);
    await page.keyboard.press("Escape");
  });

  test("names that show nothing are refused at the field, all others are welcome", async () => {
    const guest = await Visitor.open(browser, box.url, true);
    const { page } = guest;
    await page.goto("/join?next=%2F%3Fadd%3Dtrue");
    const field = page.getByLabel("Join as");
    const join = page.getByRole("button", { name: "Join the room" });

    await join.click();
    await page.getByText("Fill this in.").waitFor();
    await field.fill("\u3164\u200d");
    await join.click();
    await page
      .locator(".mantine-TextInput-error")
      .getByText(/can be (seen|read)/)
      .waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill(`  ${"שלום 🎸 ".repeat(20)}`);
    expect((await field.inputValue()).length).toBeLessThanOrEqual(64);
    await join.click();

    // Where one wanted to go is kept, with its search.
    await page.getByRole("dialog", { name: "Add a song" }).waitFor();
    await page.getByText("Sending files is for people with an account").waitFor();
    await guest.closeSheet();
    await page.goto("/me");
    await page.getByRole("heading", { level: 1, name: /שלום/ }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await guest.close();
  });
});

/** Lines of rows that grew: what is one line stays one line, whatever letters it holds. */
function tooHigh(): string[] {
  return [...document.querySelectorAll<HTMLElement>("li b[dir=auto], li b")]
    .filter((line) => line.offsetParent !== null && line.offsetHeight > 24)
    .map((line) => `${line.offsetHeight}: ${line.textContent?.slice(0, 40)}`);
}
