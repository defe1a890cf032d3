import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const song = (file: string, title: string, artist: string, seconds: number) => ({
  file,
  title,
  artist,
  seconds,
});
const FIRST = song("lanterns.mp3", "Paper Lanterns", "Ada Vento", 300);
const HOSTS = [
  song("garden.mp3", "Garden on the Roof", "Vela Marsh", 60),
  song("orange.mp3", "Everything in Orange", "Mirrorball Club", 70),
];
const SAMS = song("kettle.mp3", "Kettle Song", "The Tin Roofs", 180);
const LEILAS = song("rain.mp3", "Half a Mile of Rain", "Otto & the Drift", 190);
/** Whole seconds are shown; two pages may be on either side of one. */
const APART_S = 1;

describe.skipIf(chromiumPath === undefined)("one evening in five browsers", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;
  let sam: Visitor;
  let leila: Visitor;
  let phone: Visitor;
  let slow: Visitor;
  let all: Visitor[];
  let files: string[];

  beforeAll(async () => {
    [box, browser, files] = await Promise.all([
      startBox(),
      launch(),
      makeSounds([FIRST, ...HOSTS, SAMS, LEILAS]),
    ]);
    await box.createUser("nina", "host", "Nina Kallas");
    all = [];
    for (const isPhone of [false, false, false, true, false]) {
      all.push(await Visitor.open(browser, box.url, isPhone));
    }
    [host, sam, leila, phone, slow] = all as [Visitor, Visitor, Visitor, Visitor, Visitor];
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const seen = async (visitor: Visitor) =>
    JSON.stringify({ titles: await titles(visitor), playing: await visitor.playing() });

  /** What was meant has come about, and all five pages show the same. */
  async function agree<T>(meant: (visitor: Visitor) => Promise<T>, value: T) {
    for (const visitor of all) await expect.poll(() => meant(visitor)).toEqual(value);
    await expect
      .poll(async () => {
        const [hosts, ...others] = await Promise.all(all.map(seen));
        return others.filter((other) => other !== hosts);
      })
      .toEqual([]);
    await expect
      .poll(async () => {
        const at = await Promise.all(all.map((visitor) => visitor.position()));
        return Math.max(...at) - Math.min(...at);
      })
      .toBeLessThanOrEqual(APART_S);
  }

  const titles = async (visitor: Visitor) => (await visitor.rows()).map(({ title }) => title);
  const sorted = async (visitor: Visitor) => (await titles(visitor)).sort();
  const first = async (visitor: Visitor) => (await visitor.free())[0];
  test("all come in, each in their way", async () => {
    await host.logIn("nina");
    await host.upload(files.slice(0, 1));
    await Promise.all([
      sam.register("sam", "Sam"),
      leila.register("leila", "Leila"),
      slow.register("tom", "Tom"),
      phone.joinAsGuest("Kofi"),
    ]);
    await slow.slowDown();

    await agree((visitor) => visitor.playing(), FIRST.title);
  });

  test("songs are added from three sides at once", async () => {
    await Promise.all([
      host.upload(files.slice(1, 3)),
      sam.upload(files.slice(3, 4)),
      leila.upload(files.slice(4)),
    ]);
    // A song has its file's name until it has been listened to.
    const ready = async () => (await sorted(host)).filter((title) => /^\p{Lu}/u.test(title));
    await expect.poll(ready, { timeout: 60_000 }).toHaveLength(4);

    await agree(sorted, [...HOSTS, SAMS, LEILAS].map(({ title }) => title).sort());
  });

  test("what the host removes, a guest and somebody far away add again", async () => {
    const [one = "", two = ""] = await host.free();
    const before = await sorted(host);
    await host.choose(one, "Remove");
    await host.choose(two, "Remove");
    await agree(
      sorted,
      before.filter((title) => title !== one && title !== two),
    );
    await Promise.all([phone.addFromLibrary(one), slow.addFromLibrary(two)]);

    await agree(sorted, before);
  });

  test("four vote at the same moment, and every vote counts once", async () => {
    const [title = ""] = await host.free();
    const voters = [sam, leila, phone, slow];
    await Promise.all(voters.map((visitor) => visitor.vote(title)));

    await agree((visitor) => visitor.votes(title), String(voters.length));
  });

  test("the host moves the last song to the top", async () => {
    const last = (await host.free()).at(-1) ?? "";
    await host.choose(last, "Move to the top");

    await agree(first, last);
  });

  test("three of five vote to skip, and the next song plays for all", async () => {
    const [next = ""] = await titles(host);
    for (const visitor of [phone, slow, sam]) {
      await visitor.page
        .getByRole("button", { name: /vote to skip/ })
        .first()
        .click();
    }

    await agree((visitor) => visitor.playing(), next);
  });

  test("no page complained", () => {
    expect(all.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});
