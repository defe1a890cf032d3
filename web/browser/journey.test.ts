import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const GUEST_SONGS = [
  { file: "lanterns.flac", title: "Paper Lanterns", artist: "Ada Vento", seconds: 240 },
  { file: "kettle.mp3", title: "Kettle Song", artist: "The Tin Roofs", seconds: 90 },
  { file: "northbound.wav", title: "Northbound, Late", artist: "Juno Park", seconds: 91 },
];
const HOST_SONGS = [
  { file: "garden.ogg", title: "Garden on the Roof", artist: "Vela Marsh", seconds: 92 },
  { file: "orange.flac", title: "Everything in Orange", artist: "Mirrorball Club", seconds: 93 },
];
const BROKEN = {
  ...HOST_SONGS[1],
  file: "broken.flac",
  title: "Broken",
  seconds: 30,
  broken: true,
};

describe.skipIf(chromiumPath === undefined)("an evening in two browsers", () => {
  let box: Box;
  let browsers: Browser[];
  let host: Visitor;
  let guest: Visitor;

  beforeAll(async () => {
    box = await startBox();
    browsers = await Promise.all([launch(), launch()]);
    await box.createUser("nina", "host", "Nina Kallas");
    const [one, other] = browsers as [Browser, Browser];
    host = await Visitor.open(one, box.url);
    guest = await Visitor.open(other, box.url);
  });

  afterAll(async () => {
    await Promise.all((browsers ?? []).map((browser) => browser.close()));
    await box?.stop();
  });

  /** Both pages come to show the same, and it is what was meant. */
  async function bothShow(meant: (visitor: Visitor) => Promise<unknown>, value: unknown) {
    for (const visitor of [host, guest]) {
      await expect.poll(() => meant(visitor)).toEqual(value);
    }
    // What is handed to the player is told a moment after what plays.
    const same = async () => {
      const [one, other] = await Promise.all([guest.rows(), host.rows()]);
      return JSON.stringify(one) === JSON.stringify(other) ? "the same" : { one, other };
    };
    await expect.poll(same).toBe("the same");
  }

  const playing = (visitor: Visitor) => visitor.playing();
  /** What follows a moved song goes by the rule of the room. */
  const first = async (visitor: Visitor) => (await visitor.free())[0];
  const foremost = async (visitor: Visitor) => (await visitor.free()).slice(0, 2);
  const hostTitles = HOST_SONGS.map(({ title }) => title);
  const titles = async (visitor: Visitor) => (await visitor.rows()).map(({ title }) => title);

  test("register, upload, and the first song plays", async () => {
    await guest.register("sam", "Sam");
    await host.logIn("nina");

    const [first = "", ...others] = await makeSounds(GUEST_SONGS);
    await guest.upload([first]);
    await bothShow(playing, "Paper Lanterns");
    await guest.upload(others);
    await host.upload(await makeSounds(HOST_SONGS));

    await expect.poll(() => titles(host)).toHaveLength(4);
    await expect.poll(() => host.page.getByText("Checking the sound").count()).toBe(0);
    await bothShow(titles, await titles(host));
    expect(await host.page.getByText("Null output").first().isVisible()).toBe(true);
  });

  test("a file that breaks off is marked with its reason, and can be dismissed", async () => {
    const [broken] = await makeSounds([BROKEN as (typeof HOST_SONGS)[0]]);
    await host.upload([broken ?? ""]);

    await host.row("broken").getByRole("button", { name: "Replace" }).waitFor();
    await guest.row("broken").getByRole("button", { name: "Ask Nina Kallas" }).waitFor();
    await host.row("broken").getByRole("button", { name: "Remove broken" }).click();

    await expect.poll(() => guest.row("broken").count()).toBe(0);
  });

  test("the same file again is found before it travels", async () => {
    const [again] = await makeSounds(GUEST_SONGS.slice(0, 1));
    await guest.page.getByRole("button", { name: "Add a song" }).first().click();
    await guest.page.locator('input[type="file"]').setInputFiles([again ?? ""]);

    await guest.page.getByText("Already here as “Paper Lanterns”").waitFor();
    await guest.closeSheet();
  });

  test("a host moves the last song to the top, by the menu and by keys", async () => {
    const last = (await host.free()).at(-1) ?? "";

    await host.choose(last, "Move to the top");
    await bothShow(first, last);
    const [, second] = await host.free();
    await host
      .row(last)
      .getByRole("button", { name: /^More for/ })
      .focus();
    await host.page.keyboard.press("Shift+ArrowDown");

    await bothShow(foremost, [second, last]);
  });

  test("a host drags a row by its handle", async () => {
    const [upper = "", lower = ""] = await host.free();
    await host.drag(lower, upper);

    await bothShow(first, lower);
  });

  test("votes count once, and can be taken back", async () => {
    const title = (await host.free()).find((one) => hostTitles.includes(one)) ?? "";
    const votes = async (visitor: Visitor) =>
      (await visitor.rows()).find((row) => row.title === title)?.votes;
    const button = guest.row(title).getByRole("button", { name: /^Vote for/ });

    await button.click();
    await bothShow(votes, "1");
    await button.click();
    await bothShow(votes, "0");
    await button.click();
    await bothShow(votes, "1");

    expect(await button.getAttribute("aria-pressed")).toBe("true");
  });

  test("what one removes can be brought back", async () => {
    const before = await titles(guest);
    const own = GUEST_SONGS.map(({ title }) => title).filter((title) => before.includes(title));
    const title = (await guest.free()).find((one) => own.includes(one)) ?? "";

    await guest.choose(title, "Remove");
    await bothShow(
      titles,
      before.filter((one) => one !== title),
    );
    await guest.page.getByRole("button", { name: "Undo" }).click();

    await bothShow(titles, before);
  });

  test("pause, go on and seek are the hosts'", async () => {
    const heading = (visitor: Visitor) => visitor.page.locator("#now").textContent();
    const others = guest.page.getByRole("button", { name: "Pause. Hosts may do this" });
    expect(await others.getAttribute("aria-disabled")).toBe("true");

    await host.page.getByRole("button", { name: "Pause" }).click();
    await bothShow(heading, "Paused");
    await host.page.getByRole("slider", { name: "Place in the song" }).first().press("PageUp");
    await expect.poll(() => guest.position()).toBeGreaterThanOrEqual(30);
    await host.page.getByRole("button", { name: "Play", exact: true }).click();

    await bothShow(heading, "Now playing");
  });

  test("a host skips, and a vote of enough people skips", async () => {
    const [next = "", afterNext = ""] = await titles(host);

    await host.page.getByRole("button", { name: "Skip", exact: true }).click();
    await bothShow(playing, next);
    await guest.page.getByRole("button", { name: /vote to skip/ }).click();

    await expect.poll(() => host.playing()).not.toBe(next);
    await bothShow(playing, await host.playing());
    expect([afterNext, ...(await titles(host))]).toContain(await host.playing());
  });

  test("a guest comes in by the QR code's page with a name only", async () => {
    const phone = await Visitor.open(browsers[0] as Browser, box.url, true);
    await phone.joinAsGuest("Kofi");

    await expect.poll(() => titles(phone)).toEqual(await titles(host));
    await phone.page.reload();
    await expect.poll(() => titles(phone)).toEqual(await titles(host));
    expect(phone.complaints).toEqual([]);
    await phone.close();
  });

  test("a lost connection is said after three seconds, and heals by itself", async () => {
    await guest.page.context().setOffline(true);
    await guest.page.getByText("You are offline;").waitFor();
    await guest.page.context().setOffline(false);

    await guest.isLive();
    await bothShow(titles, await titles(host));
  });

  test("logging out elsewhere ends this page", async () => {
    const other = await Visitor.open(browsers[1] as Browser, box.url);
    await other.logIn("sam");
    await other.page.goto("/me");
    await other.page
      .getByRole("button", { name: /^Log out there/ })
      .first()
      .click();

    await guest.page.getByLabel("Join as").waitFor();
    await other.close();
  });

  test("no page complained", () => {
    expect([...host.complaints, ...guest.complaints]).toEqual([]);
  });
});
