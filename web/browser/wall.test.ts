import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { NOW } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";
import { Visitor } from "./people.ts";
import { serveBuild } from "./serve-build.ts";
import { makeSounds } from "./sounds.ts";

const DOOR = "https://valve-room.example";
const SONGS = [
  { file: "lanterns.flac", title: "Paper Lanterns", artist: "Ada Vento", seconds: 300 },
  { file: "kettle.mp3", title: "Kettle Song", artist: "The Tin Roofs", seconds: 242 },
];

describe.skipIf(chromiumPath === undefined)("a wall", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;
  let screen: BrowserContext;
  let wall: Page;
  /** Every address that the wall asked for. */
  const asked: string[] = [];
  let address = "";

  beforeAll(async () => {
    process.env["BACKLINE_PUBLIC_URL"] = DOOR;
    box = await startBox();
    browser = await launch();
    await box.createUser("nina", "host", "Nina");
    host = await Visitor.open(browser, box.url);
    await host.logIn("nina");
    await host.upload(await makeSounds(SONGS));
    // A browser that knows nobody: all it gets is the link.
    screen = await browser.newContext({
      baseURL: box.url,
      locale: "en-GB",
      serviceWorkers: "block",
      viewport: { width: 1920, height: 1080 },
    });
    screen.setDefaultTimeout(15_000);
    wall = await screen.newPage();
    wall.on("request", (request) => asked.push(request.url()));
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const links = () => host.page.getByRole("dialog", { name: "The wall" });
  const now = () => wall.getByRole("region", { name: "Now playing" });
  const next = () => wall.getByRole("region", { name: "Next" }).getByRole("listitem");
  const left = async () => {
    const [, minutes = "", seconds = ""] =
      /(\d+):(\d\d) left/.exec((await wall.locator("main").textContent()) ?? "") ?? [];
    return Number(minutes) * 60 + Number(seconds);
  };

  test("a host makes its link, which is said once", async () => {
    await expect.poll(() => host.playing()).toBe("Paper Lanterns");
    await host.page.goto("/host");
    await host.page.getByRole("button", { name: "Wall", exact: true }).click();
    await links().getByLabel("Where it hangs").fill("Back wall");
    await links().getByRole("button", { name: "Make the link" }).click();
    address = await links().getByLabel("Address of the wall").inputValue();

    expect(address).toMatch(/\/wall\?show=queue,score,qr&theme=dark&lang=en#key=[\w-]{43}$/);
    await links().getByText("not opened yet").waitFor();
  });

  test("without a key, and without a login, it stays dark and says why", async () => {
    await wall.goto("/wall");

    await wall.getByText("This wall needs its link").waitFor();
    expect(await wall.getByRole("region").count()).toBe(0);
  });

  test("by its key it shows what plays, what comes next, and the way in", async () => {
    asked.length = 0;
    await wall.goto(address);
    await wall.reload();

    await now().getByText("Paper Lanterns").waitFor();
    await expect
      .poll(() => next().allTextContents())
      .toEqual([expect.stringMatching(/^~?\d\d:\d\dKettle SongThe Tin Roofs, from Nina$/)]);
    await wall.getByRole("img", { name: `QR code of ${DOOR}/join` }).waitFor();
    // The key travels in a body only: no address that a log could keep has it.
    const key = address.split("key=")[1] ?? "none";
    expect(asked.some((url) => url.includes("/screens/token"))).toBe(true);
    expect(asked.filter((url) => url.split("#")[0]?.includes(key))).toEqual([]);
  });

  test("it follows the room, and is nobody in it", async () => {
    const before = await left();
    await host.page.evaluate(() => fetch("/api/jukebox/room").then((answer) => answer.json()));
    await host.page.goto("/");
    await host.isLive();
    await host.choose("Kettle Song", "Remove");

    await wall.getByText("Nothing is queued after this").waitFor();
    await expect.poll(left).toBeLessThan(before);
    const facts = await wall.evaluate(() =>
      fetch("/api/jukebox/room").then((answer) => answer.json() as Promise<{ present: number }>),
    );
    expect(facts.present).toBe(1);
  });

  test("without network it says so, stands still, and comes back by itself", async () => {
    await screen.setOffline(true);
    const lost = wall.getByText(/^No connection since \d\d:\d\d/);
    await lost.waitFor();
    const frozen = await left();
    await expect.poll(() => wall.locator("[data-stale]").count()).toBeGreaterThan(0);
    expect(await wall.getByText("Now playing").count()).toBe(0);
    const stood = await left();

    await screen.setOffline(false);
    await lost.waitFor({ state: "detached" });
    await now().getByText("Paper Lanterns").waitFor();
    expect(stood).toBe(frozen);
    await expect.poll(left).toBeLessThan(frozen);
  });

  test("after a restart of the box it is right again by itself", async () => {
    await box.restart();
    await host.page.reload();
    await host.isLive();
    await host.page.getByRole("button", { name: "Add a song" }).first().click();
    await host.page.getByRole("searchbox").fill("kettle");
    await host.page.getByRole("button", { name: "Add Kettle Song" }).click();

    await expect.poll(() => next().count()).toBe(1);
    expect(await next().first().textContent()).toContain("Kettle Song");
  });

  test("revoked, it goes dark at once and for good", async () => {
    await host.page.goto("/host");
    await host.page.getByRole("button", { name: "Wall", exact: true }).click();
    await links()
      .getByText(/last seen/)
      .waitFor();
    await links().getByRole("button", { name: "Revoke Back wall" }).click();
    await links().getByRole("button", { name: "Revoke", exact: true }).click();
    await wall.getByText("This link was revoked").waitFor();

    expect(await wall.getByRole("region").count()).toBe(0);
    await links()
      .getByText(/revoked \d\d:\d\d/)
      .waitFor();
    await wall.reload();
    await wall.getByText("This link was revoked").waitFor();
  });

  test("a host's own browser needs no link", async () => {
    await host.page.goto("/wall?theme=light");

    await host.page.getByRole("region", { name: "Now playing" }).waitFor();
    expect(host.complaints).toEqual([]);
  });
});

const SIZES = [
  ["a projector", 1920, 1080],
  ["a screen on its side", 1080, 1920],
  ["a wide one", 2560, 1080],
  ["an old television", 1024, 768],
] as const;

describe.skipIf(chromiumPath === undefined)("the picture of a wall", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  describe.each([
    ["queue,qr", "2:47 left"],
    ["score,qr", "left to score, closes 22:41"],
  ])("with %s", (show, words) => {
    let page: Page;

    beforeAll(async () => {
      const context = await browser.newContext({
        baseURL: site.url,
        timezoneId: "UTC",
        locale: "en-GB",
        serviceWorkers: "block",
      });
      await fakeServices(context, { user: null });
      page = await context.newPage();
      await page.clock.setFixedTime(NOW);
      await page.goto(`/wall?show=${show}#key=x`);
      await page.getByText(words).waitFor();
      await page.waitForLoadState("networkidle");
    });

    test.each(SIZES)("on %s all of it is in sight, and large", async (_, width, height) => {
      await page.setViewportSize({ width, height });
      const seen = await page.evaluate(measured);

      expect(seen.outside).toEqual([]);
      // In hundredths of the width; upright, and where it is lower than 16:9, of what that leaves.
      const unit = height > width ? width * 1.65 : Math.min(width, height * 2.36);
      expect(Math.min(...seen.read) / unit).toBeGreaterThanOrEqual(0.0279);
      expect(Math.min(...seen.labels) / unit).toBeGreaterThanOrEqual(0.0169);
    });
  });
});

describe.skipIf(chromiumPath === undefined)("a wall after an upgrade of the box", () => {
  test("loads itself anew, once, although it cannot get the new one", async () => {
    const [browser, site] = [await launch(), await serveBuild()];
    const context = await browser.newContext({ baseURL: site.url, serviceWorkers: "block" });
    await fakeServices(context, { user: null });
    const page = await context.newPage();
    let looked = 0;
    await context.route("**/index.html", (route) => {
      looked += 1;
      const body = '<script type="module" crossorigin src="/assets/index-newer.js"></script>';
      return route.fulfill({ contentType: "text/html", body });
    });
    let loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    const cut = () => page.evaluate(() => dispatchEvent(new Event("offline")));
    await page.goto("/wall?show=queue,qr#key=x");
    await page.getByText("Slow Neon").waitFor();
    expect(looked).toBe(0);

    await cut();
    await expect.poll(() => loads).toBe(2);
    await page.getByText("Slow Neon").waitFor();
    await cut();
    await expect.poll(() => looked).toBe(2);
    await page.getByText("Slow Neon").waitFor();
    expect(loads).toBe(2);

    await browser.close();
    site.close();
  });
});

/** What sticks out of the picture, and the sizes of what has to be read and of its labels. */
async function measured() {
  // Titles take a step down in the frames after the window changed.
  for (const _ of "12345") await new Promise(requestAnimationFrame);
  const sizes = (selector: string) =>
    [...document.querySelectorAll(selector)].map((one) =>
      Number.parseFloat(getComputedStyle(one).fontSize),
    );
  const outside = [...document.querySelectorAll("main :is(p, b, time, span, svg)")]
    .filter((one) => one.closest(".vh") === null && one.textContent !== "")
    .filter((one) => {
      const box = one.getBoundingClientRect();
      return box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight;
    })
    .map((one) => one.textContent);
  return {
    outside,
    read: sizes("main p[data-step], main li time, main li b, main strong, main [role=img] span"),
    labels: sizes("main h2, main li span, main section p"),
  };
}
