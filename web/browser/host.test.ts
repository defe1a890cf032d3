import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { users } from "./evening.ts";
import { Visitor } from "./people.ts";
import { openScreen } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";
import { makeSounds } from "./sounds.ts";

const SONGS = ["Paper Lanterns", "Kettle Song", "Northbound, Late", "Garden on the Roof"].map(
  (title, index) => ({ file: `${index}.flac`, title, artist: "Ada Vento", seconds: 90 + index }),
);

const upNext = (page: Page) => page.getByRole("region", { name: "Up next" });
const changed = (page: Page) => page.getByRole("region", { name: "Just changed" });
const alarms = (page: Page) => page.getByRole("region", { name: "Needs you" });

/** What waits, as the console shows it. */
const next = (page: Page) =>
  upNext(page)
    .getByRole("listitem")
    .locator("b.one")
    .evaluateAll((rows) => rows.map((row) => row.textContent));

describe.skipIf(chromiumPath === undefined)("two hosts at their consoles", () => {
  let box: Box;
  let browsers: Browser[];
  let nina: Visitor;
  let hal: Visitor;

  beforeAll(async () => {
    box = await startBox();
    browsers = await Promise.all([launch(), launch()]);
    await Promise.all([
      box.createUser("nina", "host", "Nina"),
      box.createUser("hal", "host", "Hal"),
    ]);
    const [one, other] = browsers as [Browser, Browser];
    nina = await Visitor.open(one, box.url);
    hal = await Visitor.open(other, box.url);
    await nina.logIn("nina");
    await hal.logIn("hal");
    await nina.upload(await makeSounds(SONGS));
    await nina.page.goto("/host");
    await hal.page.goto("/host");
  });

  afterAll(async () => {
    await Promise.all((browsers ?? []).map((browser) => browser.close()));
    await box?.stop();
  });

  test("what one moves the other sees, and undoes", async () => {
    const waiting = SONGS.slice(1).map(({ title }) => title);
    await expect.poll(async () => [...(await next(hal.page))].sort()).toEqual(waiting.sort());
    const before = await next(hal.page);
    const last = before[2] ?? "";

    await nina.page.getByRole("button", { name: `Move ${last} up` }).click();
    const after = [before[0], before[2], before[1]];
    await expect.poll(() => next(hal.page)).toEqual(after);

    const told = changed(hal.page)
      .getByRole("listitem")
      .filter({ hasText: `Nina moved ${last}` });
    await told.getByRole("button", { name: /^Undo/ }).click();

    for (const { page } of [nina, hal]) await expect.poll(() => next(page)).toEqual(before);
    await changed(nina.page).getByText(`Hal moved ${last} back`).waitFor();
  });

  test("the sound is tried, and it is said that nobody hears it", async () => {
    const { page } = nina;
    const sound = page.getByRole("region", { name: "Sound" });
    await alarms(page).getByText("Nothing can be heard.").waitFor();

    await page.getByRole("button", { name: "Pause", exact: true }).first().click();
    // Here it is shown before the room has it; there when it has.
    await hal.page.getByRole("heading", { name: "Paused" }).waitFor();
    await sound.getByRole("button", { name: "Test tone" }).click();
    await sound.getByRole("status").getByText("nobody hears it").waitFor();

    await page.getByRole("button", { name: "Play", exact: true }).first().click();
    await changed(hal.page)
      .getByText(/^Nina paused/)
      .waitFor();
  });

  test("a player that does not answer is an alarm until it does", async () => {
    const goOn = await box.freeze("player");
    for (const { page } of [nina, hal]) {
      await page.getByRole("alert").getByText("The player does not answer.").waitFor();
      await page.getByRole("region", { name: "Health" }).getByText("away").waitFor();
    }
    goOn();

    for (const { page } of [nina, hal]) {
      const alarm = alarms(page).getByText("The player does not answer.");
      await alarm.waitFor({ state: "detached", timeout: 30_000 });
    }
    expect([...nina.complaints, ...hal.complaints]).toEqual([]);
  });
});

describe.skipIf(chromiumPath === undefined)("alarms that a test cannot wait for", () => {
  let browser: Browser;
  let url: string;
  let close: () => void;

  beforeAll(async () => {
    ({ url, close } = await serveBuild());
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
    close?.();
  });

  test("a full disk and an old backup are said, and put aside", async () => {
    const screen = {
      name: "host",
      path: "/host",
      user: users.host,
      alarms: [
        { code: "disk_low", metadata: { free_bytes: 1_073_741_824 } },
        { code: "backup_due", metadata: { at: null } },
      ],
    };
    const look = { language: "en", theme: "dark", width: 1280 } as const;
    const page = await openScreen(browser, url, screen, look);
    const count = page.getByText("3 things need you");

    await alarms(page).getByText("1 GB are free.").waitFor();
    await count.waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Hide for 10 minutes: The disk" }).click();
    await alarms(page).getByText("There has never been a backup.").waitFor();
    await count.waitFor({ state: "detached" });

    const main = page.locator("main");
    expect(await main.evaluate((it) => it.scrollHeight - it.clientHeight)).toBe(0);
    await page.context().close();
  });
});
