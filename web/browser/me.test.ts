import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const OTHER_PASSWORD = "a quieter room than before";

describe.skipIf(chromiumPath === undefined)("what is one's own", () => {
  let box: Box;
  let browser: Browser;
  let ann: Visitor;

  beforeAll(async () => {
    const sounds = makeSounds([
      { file: "first.mp3", title: "Frist", artist: "The Tin Roofs", seconds: 40 },
      { file: "second.mp3", title: "Second", artist: "Low Ceiling", seconds: 30 },
    ]);
    [box, browser] = await Promise.all([startBox(), launch()]);
    ann = await Visitor.open(browser, box.url);
    await ann.register("ann", "Ann");
    await ann.upload(await sounds);
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  test("songs are corrected, and deleted when nobody waits for them", async () => {
    const { page } = ann;
    await page.goto("/me");
    await page.getByRole("button", { name: "Correct Frist" }).click();
    await page.getByRole("dialog").getByLabel("Title").fill("First");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("First", { exact: true }).first().waitFor();

    await page.getByRole("button", { name: "Delete Second" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText(/is in the queue/).waitFor();
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await page.goto("/");
    await ann.choose("Second", "Remove");
    await page.goto("/me");
    await page.getByRole("button", { name: "Delete Second" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();

    await page.getByRole("button", { name: "Delete Second" }).waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: "Delete First" }).count()).toBe(1);
  });

  test("a song of one's own is heard on this device only", async () => {
    const { page } = ann;
    await page.goto("/me");

    await page.getByRole("button", { name: "Listen to First on this device" }).click();

    await page.getByRole("button", { name: "Stop listening to First" }).click();
    await page.getByRole("button", { name: "Listen to First on this device" }).waitFor();
    expect(ann.complaints).toEqual([]);
  });

  test("one's data is one file, with nothing of others and no secret", async () => {
    const { page } = ann;
    await page.goto("/me");
    const saved = page.waitForEvent("download");

    await page.getByRole("button", { name: "Download my data" }).click();

    const download = await saved;
    const data = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(download.suggestedFilename()).toMatch(/^backline-ann-\d{4}-\d\d-\d\d\.json$/);
    expect(data.identity.account).toMatchObject([{ username: "ann", display_name: "Ann" }]);
    expect(data.identity.sessions.length).toBe(1);
    const titles = data.jukebox.tracks.map((track: { title: string }) => track.title.toLowerCase());
    expect(titles.sort()).toEqual(["first", "second"]);
    expect(data.jukebox.queue.length).toBe(2);
    expect(JSON.stringify(data)).not.toContain("argon2");
  });

  test("logged out there, by hand and by a new password", async () => {
    const phone = await Visitor.open(browser, box.url);
    await phone.logIn("ann");
    const { page } = ann;
    await page.goto("/me");
    const rows = page.locator("[aria-labelledby=sessions] li");
    await expect.poll(() => rows.count()).toBe(2);

    await page.getByRole("button", { name: /^Log out there/ }).click();
    await phone.page.getByLabel("Join as").waitFor();
    await expect.poll(() => rows.count()).toBe(1);

    await phone.logIn("ann");
    await page.getByRole("button", { name: "Change the password" }).click();
    const form = page.locator("form").filter({ hasText: "Present password" });
    await form.getByLabel("Present password").fill("not the one it is");
    await form.getByLabel("New password").fill(OTHER_PASSWORD);
    await form.getByRole("button", { name: "Change the password" }).click();
    await form.getByText("This is not your present password.").waitFor();
    await form.getByLabel("Present password").fill(PASSWORD);
    await form.getByRole("button", { name: "Change the password" }).click();

    await page.getByText("Your password is changed.").waitFor();
    await phone.page.getByLabel("Join as").waitFor();
    await phone.close();
  });

  test("the name, language, theme and keys are chosen here", async () => {
    const { page } = ann;
    await page.goto("/me");
    await page.getByRole("textbox", { name: "Name that others see" }).fill("Annika");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Annika" }).waitFor();
    await page.getByText("Keyboard shortcuts").click();
    await page.getByText("Light", { exact: true }).click();
    await page.getByText("Русский", { exact: true }).click();
    await page.getByRole("heading", { name: "Ваши песни" }).waitFor();

    await page.reload();

    await page.getByRole("heading", { name: "Ваши песни" }).waitFor();
    expect(await page.getByRole("switch", { name: /Горячие клавиши/ }).isChecked()).toBe(false);
    expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("light");
  });
});
