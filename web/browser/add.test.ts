import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Locator, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const PIECES = "**/api/jukebox/uploads/*";

describe.skipIf(chromiumPath === undefined)("songs of one's own", () => {
  let box: Box;
  let browser: Browser;
  let long: string;
  let twin: string;
  let last: string;
  let dropped: string;

  beforeAll(async () => {
    [box, browser, [long = "", twin = "", last = "", dropped = ""]] = await Promise.all([
      startBox(),
      launch(),
      makeSounds([
        { file: "night-bus.wav", title: "Night Bus", artist: "Kofi", seconds: 100 },
        { file: "twin.flac", title: "Twin", artist: "Maya", seconds: 20 },
        { file: "last-bus.wav", title: "Last Bus", artist: "Kofi", seconds: 60 },
        { file: "dropped.mp3", title: "Dropped", artist: "Sam", seconds: 20 },
      ]),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  test("an upload outlives a lost connection and a reload", async () => {
    const sam = await Visitor.open(browser, box.url);
    await sam.register("sam", "Sam");
    const { page } = sam;
    const row = await openSheet(sam, "night-bus.wav");
    const offsets: number[] = [];
    let isCut = false;
    await page.route(PIECES, async (route) => {
      if (route.request().method() !== "PATCH") return route.continue();
      const offset = Number(route.request().headers()["upload-offset"]);
      offsets.push(offset);
      if (isCut) return route.abort();
      // One piece arrives, then nothing more.
      isCut = offset > 0;
      return route.continue();
    });

    await page.locator('input[type="file"]').setInputFiles(long);
    await row.getByText(/No connection\. Goes on by itself from 4\.4 of/).waitFor();
    expect(await row.locator("[data-good=true]").count()).toBe(0);

    // Leaving asks first.
    const asked = page.waitForEvent("dialog");
    const reloaded = page.reload();
    await (await asked).accept();
    await reloaded;
    isCut = false;
    await page.getByLabel("Your files: 1 file needs you").waitFor();
    await row.getByText("Choose night-bus.wav again to go on from 46 %").waitFor();
    offsets.length = 0;

    await page.locator('input[type="file"]').setInputFiles(long);
    // The second cut heals by itself.
    await row.getByText(/No connection/).waitFor();
    isCut = false;
    await page.unroute(PIECES);
    await row.locator("[data-good=true]").waitFor();

    expect(offsets[0]).toBeGreaterThan(4_000_000);
    expect(sam.complaints).toEqual([]);
    await sam.close();
  });

  test("what all has arrived, but not its answer, is never shown as done", async () => {
    const ann = await Visitor.open(browser, box.url);
    await ann.register("ann", "Ann");
    const { page } = ann;
    const row = await openSheet(ann, "last-bus.wav");
    let lost = 0;
    await page.route(PIECES, async (route) => {
      if (route.request().method() !== "PATCH") return route.continue();
      const answer = await route.fetch();
      if (answer.status() !== 202) return route.fulfill({ response: answer });
      lost += 1;
      return route.abort();
    });
    await page.locator('input[type="file"]').setInputFiles(last);
    await row.getByText(/No connection/).waitFor();
    const wasDone = await row.locator("[data-good=true]").count();
    await row.locator("[data-good=true]").waitFor();

    expect({ lost, wasDone }).toEqual({ lost: 1, wasDone: 0 });
    await ann.close();
  });

  test("a twin is found before its bytes travel", async () => {
    const [maya, tom] = [
      await Visitor.open(browser, box.url),
      await Visitor.open(browser, box.url),
    ];
    await maya.register("maya", "Maya");
    await maya.upload([twin]);
    await tom.register("tom", "Tom");
    const row = await openSheet(tom, "twin.flac");
    const sent: string[] = [];
    tom.page.on("request", (request) => {
      if (request.url().includes("/uploads") && request.method() !== "GET")
        sent.push(request.url());
    });

    await tom.page.locator('input[type="file"]').setInputFiles(twin);
    await row.getByText("Already here as “Twin”").waitFor();

    expect(sent).toEqual([]);
    await maya.close();
    await tom.close();
  });

  test("files may be let go anywhere, and the sheet may be closed meanwhile", async () => {
    const nina = await Visitor.open(browser, box.url);
    await nina.register("nina", "Nina");
    const { page } = nina;
    const held = holdPieces();
    await page.route(PIECES, held.route);

    await dropOn(nina, dropped);
    const row = page.locator("li[data-stage]").filter({ hasText: path.basename(dropped) });
    await row.waitFor();
    await nina.closeSheet();
    await page.getByRole("link", { name: /^Your files: 1 file, \d+ %$/ }).waitFor();
    held.release();
    await page.getByRole("link", { name: /^Your files/ }).waitFor({ state: "detached" });

    await nina.row("Dropped").first().waitFor();
    await nina.close();
  });
});

async function openSheet(visitor: Visitor, file: string): Promise<Locator> {
  await visitor.page.getByRole("button", { name: "Add a song" }).first().click();
  return visitor.page.locator("li[data-stage]").filter({ hasText: file });
}

/** Lets no piece through until it is released. */
function holdPieces() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const route = async (one: Route) => {
    if (one.request().method() === "PATCH") await released;
    await one.continue();
  };
  return { route, release };
}

/** Lets a file go over the page, as a file manager would. */
async function dropOn({ page }: Visitor, file: string): Promise<void> {
  const bytes = (await readFile(file)).toString("base64");
  await page.evaluate(
    ([name, data]) => {
      const content = Uint8Array.from(atob(data ?? ""), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name ?? ""));
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true });
        document.body.dispatchEvent(event);
      }
    },
    [path.basename(file), bytes],
  );
}
