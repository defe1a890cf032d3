import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const SONG = { file: "first.wav", title: "The First One", artist: "Somebody New", seconds: 120 };

describe.skipIf(chromiumPath === undefined)("the first steps of an empty room", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;

  beforeAll(async () => {
    box = await startBox();
    browser = await launch();
    host = await Visitor.open(browser, box.url);
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const step = (title: string) =>
    host.page
      .getByRole("listitem")
      .filter({ has: host.page.getByRole("heading", { name: title }) });
  const isDone = (title: string) =>
    step(title)
      .getByRole("heading", { name: `${title} Done` })
      .waitFor();

  test("from the link in the terminal to the first song", async () => {
    const { page } = host;
    await page.goto(await box.setupLink());
    await page.getByLabel("User name").fill("olga");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.locator("button[type=submit]").click();

    await page.getByRole("heading", { level: 1, name: "First steps" }).waitFor();
    await isDone("Somebody in charge");

    await page.getByLabel("Name of the room").fill("The Cellar");
    await page.getByRole("button", { name: "Save" }).click();
    await isDone("Name the room");
    await page.locator("header").getByText("The Cellar").waitFor();

    // This box has no loudspeaker, and says so instead of pretending.
    await page.getByRole("button", { name: "Play a test tone" }).click();
    await page.getByText("The tone was played, and nobody can hear it.").waitFor();
    await step("Try the sound").getByRole("heading", { name: "Still to do" }).waitFor();

    await step("Add the first song").getByRole("button", { name: "demo content" }).waitFor();
    await step("Add the first song").getByRole("link", { name: "Add a song" }).click();
    const [file = ""] = await makeSounds([SONG]);
    await page.locator('input[type="file"]').setInputFiles(file);
    await host.row(SONG.file).locator('[data-good="true"]').first().waitFor();
    await host.closeSheet();
    await expect.poll(() => host.playing()).toBe(SONG.title);

    await page.goto("/welcome");
    await isDone("Add the first song");
    await page.getByText(`“${SONG.title}” is playing.`).waitFor();
    await page.getByRole("link", { name: "Open the Room" }).click();
    await page.waitForURL(`${box.url}/`);
    expect(host.complaints).toEqual([]);
  });

  test("somebody who joins an empty room is told what to do first", async () => {
    const guest = await Visitor.open(browser, box.url, true);
    await guest.page.goto("/join");
    await guest.page.getByLabel("Join as").fill("Kofi");
    await guest.page.locator("button[type=submit]").click();
    await guest.page.getByText("Nothing queued. Add the first song.").waitFor();

    await guest.page.goto("/welcome");

    await guest.page.getByText("Nothing queued. Add the first song.").waitFor();
    expect(await guest.page.getByRole("link", { name: "First steps" }).count()).toBe(0);
    await guest.close();
  });
});
