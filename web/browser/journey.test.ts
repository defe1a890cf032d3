import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const SONGS = [
  { file: "lanterns.wav", title: "Paper Lanterns", artist: "Ada Vento", seconds: 40 },
  { file: "kettle.mp3", title: "Kettle Song", artist: "The Tin Roofs", seconds: 42 },
  { file: "northbound.flac", title: "Northbound, Late", artist: "Juno Park", seconds: 44 },
  { file: "garden.ogg", title: "Garden on the Roof", artist: "Vela Marsh", seconds: 46 },
];

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
  async function bothShow(expected: { queue?: string[]; playing?: string }): Promise<void> {
    for (const visitor of [host, guest]) {
      if (expected.queue !== undefined) {
        await expect.poll(() => visitor.queue(), { timeout: 10_000 }).toEqual(expected.queue);
      }
      if (expected.playing !== undefined) {
        await expect.poll(() => visitor.playing(), { timeout: 10_000 }).toBe(expected.playing);
      }
    }
  }

  test("register, upload, queue, play, reorder, vote and skip, and agree at every step", async () => {
    await guest.register("sam", "Sam");
    await host.logIn("nina");
    const files = await makeSounds(SONGS);

    await guest.upload(files.slice(0, 3));
    await bothShow({ playing: "Paper Lanterns", queue: ["Kettle Song 0", "Northbound, Late 0"] });

    await host.upload(files.slice(3));
    await expect.poll(() => host.queue()).toHaveLength(3);
    expect(await guest.queue()).toEqual(await host.queue());
  });
});
