import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const SONGS = ["Paper Lanterns", "Kettle Song", "Northbound", "Salt", "Warm Static"].map(
  (title, index) => ({
    file: `${index}.flac`,
    title,
    artist: "Ada Vento",
    // The first one plays all the time; the others only have to be there.
    seconds: index === 0 ? 240 : 30 + index,
  }),
);

/** Pages come back after a wait of up to fifteen seconds, and what then fails waits again. */
const LONGEST_WAIT_MS = 40_000;

describe.skipIf(chromiumPath === undefined)("a network that comes and goes", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;
  let guest: Visitor;

  beforeAll(async () => {
    box = await startBox();
    browser = await launch();
    await Promise.all([
      box.createUser("nina", "host", "Nina Kallas"),
      box.createUser("ada", "admin", "Ada"),
    ]);
    host = await Visitor.open(browser, box.url);
    guest = await Visitor.open(browser, box.url, false, { installed: true });
    await host.logIn("nina");
    const [first = "", ...others] = await makeSounds(SONGS);
    await host.upload([first]);
    await host.upload(others);
    await guest.register("sam", "Sam");
    await installed(guest.page);
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const votesOf = async (visitor: Visitor, title: string) =>
    (await visitor.rows()).find((row) => row.title === title)?.votes;
  const voteButton = (visitor: Visitor, title: string) =>
    visitor.row(title).getByRole("button", { name: /^Vote for/ });

  test("four songs wait", async () => {
    await expect.poll(() => guest.free()).toHaveLength(3);
    await expect.poll(() => guest.rows()).toHaveLength(4);
    await expect
      .poll(() => guest.page.getByText("Checking the sound").count(), { timeout: LONGEST_WAIT_MS })
      .toBe(0);
  });

  test("what is done without network is kept over a reload, and sent once", async () => {
    const { page } = guest;
    const sent = votesSent(page);
    await page.context().setOffline(true);
    await page.getByText(/^As of \d\d:\d\d\. You are offline;/).waitFor();
    const title = (await guest.free()).at(-1) ?? "";

    await voteButton(guest, title).click();
    await guest.row(title).getByText("will be sent").waitFor();
    await page.getByText("1 change will be sent.").waitFor();
    await page.reload();

    await page.getByText(/^As of \d\d:\d\d\. You are offline;/).waitFor();
    await guest.row(title).getByText("will be sent").waitFor();
    expect(await votesOf(guest, title)).toBe("1");
    expect(await page.locator("header").getByText("Live", { exact: true }).count()).toBe(0);
    expect(sent).toEqual([]);

    await page.context().setOffline(false);
    await guest.isLive();
    await expect.poll(() => votesOf(host, title)).toBe("1");
    await expect.poll(() => guest.row(title).getByText("will be sent").count()).toBe(0);
    expect(await votesOf(guest, title)).toBe("1");
    expect(sent).toHaveLength(1);
    await page.reload();
    await guest.isLive();
    expect(await votesOf(guest, title)).toBe("1");
    expect(sent).toHaveLength(1);
  });

  test("what the room no longer allows is dropped with its reason", async () => {
    const { page } = guest;
    const title = (await guest.free()).at(-2) ?? "";
    await page.context().setOffline(true);
    await page.getByText(/You are offline;/).waitFor();
    await voteButton(guest, title).click();
    await host.choose(title, "Remove");
    await expect.poll(() => host.row(title).count()).toBe(0);

    await page.context().setOffline(false);

    await page.getByText(`Your vote for “${title}” was not counted.`).waitFor();
    await expect.poll(() => guest.row(title).count()).toBe(0);
    await host.page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => guest.row(title).count()).toBe(1);
  });

  test("the player cannot be controlled meanwhile, and says why", async () => {
    await host.page.context().setOffline(true);
    const button = host.page.getByRole("button", {
      name: "Pause. The player can be controlled when the connection is back.",
    });

    await button.waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    await host.page.context().setOffline(false);
    await host.page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  });

  test("a slow network shows the shape of the room first, and sends a double click once", async () => {
    const slow = await Visitor.open(browser, box.url);
    await slow.logIn("sam");
    const network = await throttled(slow.page);
    await slow.page.reload({ waitUntil: "commit" });

    await slow.page.getByRole("status", { name: "Loading" }).first().waitFor();
    await slow.isLive();
    const sent = votesSent(slow.page);
    const title = (await slow.free()).at(-1) ?? "";
    const before = await votesOf(slow, title);
    await voteButton(slow, title).dblclick();
    await expect.poll(() => votesOf(host, title)).toBe(String(Number(before) + 1));
    await expect.poll(() => votesOf(slow, title)).toBe(String(Number(before) + 1));

    expect(sent).toHaveLength(1);
    await network.detach();
    await slow.close();
  });

  test("a clock that is wrong by an hour shows the same position and the same times", async () => {
    const odd = await Visitor.open(browser, box.url);
    await odd.page.clock.install({ time: Date.now() + 3_600_000 });
    await odd.page.clock.resume();
    await odd.logIn("sam");
    const times = (visitor: Visitor) =>
      visitor.page
        .getByRole("list", { name: "Up next" })
        .getByRole("listitem")
        .evaluateAll((rows) =>
          rows.map((row) => row.textContent?.match(/\d\d:\d\d/g)?.join() ?? ""),
        );

    await expect.poll(() => times(odd)).toEqual(await times(host));
    const apart = Math.abs((await odd.position()) - (await host.position()));
    expect(apart).toBeLessThanOrEqual(2);
    const clock = (visitor: Visitor) => visitor.page.locator("header time").textContent();
    expect(await clock(odd)).toBe(await clock(host));
    await odd.close();
  });

  test("a role that is taken away ends what it allowed, and what was typed stays", async () => {
    const last = (await host.free()).at(-1) ?? "";
    await host.choose(last, "Move to place…");
    const dialog = host.page.getByRole("dialog");
    await dialog.getByLabel(/^Place/).fill("1");

    await setRole(box, "nina", "listener");

    await dialog.getByRole("alert").getByText("You are no longer a host.").waitFor();
    expect(await dialog.getByLabel(/^Place/).inputValue()).toBe("1");
    await host.page.keyboard.press("Escape");
    await host.page.getByRole("button", { name: "Pause. Hosts may do this" }).waitFor();
    await setRole(box, "nina", "host");
    await host.page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  });

  test("a restart in the middle of a drag: the order is the server's, or will be", async () => {
    const [upper = "", , lower = ""] = await host.free();
    const drop = await host.lift(lower, upper);

    await box.restart();
    await drop();

    for (const { page } of [host, guest]) {
      const sign = page.locator("header").getByText("Live", { exact: true });
      await sign.waitFor({ timeout: LONGEST_WAIT_MS });
    }
    await expect.poll(() => guest.free()).toEqual(await host.free());
    await expect.poll(async () => (await host.free())[0]).toBe(lower);
    await expect.poll(() => guest.free()).toEqual(await host.free());
  });

  test("no page complained", () => {
    expect([...host.complaints, ...guest.complaints].filter(isNoNetwork)).toEqual([]);
  });
});

const isNoNetwork = (complaint: string) => !/WebSocket connection|ERR_/.test(complaint);

/** Waits until the shell is kept, and loads the page from there. */
async function installed(page: Page): Promise<void> {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.locator("header").getByText("Live", { exact: true }).waitFor();
}

/** The votes that this page's browser sends from now on. */
function votesSent(page: Page): string[] {
  const sent: string[] = [];
  page.context().on("request", (request) => {
    if (request.url().endsWith("/vote")) sent.push(request.method());
  });
  return sent;
}

/** 400 ms there and back, 50 kB a second, and nothing kept from before. */
async function throttled(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 400,
    downloadThroughput: 50_000,
    uploadThroughput: 50_000,
  });
  return session;
}

async function setRole(box: Box, username: string, role: string): Promise<void> {
  const api = `${box.url}/api/identity`;
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ username: "ada", password: PASSWORD });
  const login = await fetch(`${api}/auth/login`, { method: "POST", headers, body });
  const { access_token } = (await login.json()) as { access_token: string };
  const authorized = { ...headers, Authorization: `Bearer ${access_token}` };
  const found = await fetch(`${api}/users?query=${username}`, { headers: authorized });
  const { items } = (await found.json()) as { items: { id: number; username: string }[] };
  const id = items.find((user) => user.username === username)?.id;
  const changed = await fetch(`${api}/users/${id}`, {
    method: "PATCH",
    headers: authorized,
    body: JSON.stringify({ role }),
  });
  if (!changed.ok) throw new Error(await changed.text());
}
