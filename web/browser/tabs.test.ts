import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";

describe.skipIf(chromiumPath === undefined)("tabs of one browser", () => {
  let box: Box;
  let browser: Browser;
  let first: Visitor;
  let second: Page;
  /** The sockets to the room that are open, each with the tab that holds it. */
  const open = new Map<unknown, Page>();

  beforeAll(async () => {
    box = await startBox();
    browser = await launch();
    await Promise.all([
      box.createUser("nina", "host", "Nina Kallas"),
      box.createUser("sam", "listener", "Sam"),
    ]);
    first = await Visitor.open(browser, box.url);
    first.page.context().on("page", count);
    count(first.page);
    await first.logIn("sam");
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  function count(page: Page): void {
    page.on("websocket", (socket) => {
      if (!socket.url().includes("/api/jukebox/")) return;
      open.set(socket, page);
      socket.on("close", () => open.delete(socket));
    });
    const forget = () => {
      for (const [socket, tab] of open) if (tab === page) open.delete(socket);
    };
    page.on("close", forget);
    // The sockets of a page that is left are closed without a word.
    page.on("request", (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) forget();
    });
  }

  const holders = () => [...open.values()];
  const isLive = (page: Page) =>
    page.locator("header").getByText("Live", { exact: true }).waitFor();
  const roomName = (page: Page) => page.getByRole("heading", { level: 1 }).textContent();

  test("share one socket", async () => {
    second = await first.page.context().newPage();
    await second.goto("/");
    await isLive(second);

    expect(holders()).toHaveLength(1);
  });

  test("see what changes in both, whoever holds the socket", async () => {
    const host = await Visitor.open(browser, box.url);
    await host.logIn("nina");

    await rename(host.page, "The Valve Room");

    await expect.poll(() => roomName(first.page)).toBe("The Valve Room");
    await expect.poll(() => roomName(second)).toBe("The Valve Room");
    await host.close();
  });

  test("the next one takes over when the one with the socket closes", async () => {
    const [leader] = holders();
    const follower = leader === first.page ? second : first.page;
    const other = await first.page.context().newPage();
    await other.goto("/");
    await isLive(other);

    await leader?.close();

    await expect.poll(holders).toHaveLength(1);
    await isLive(follower);
    await isLive(other);
    first = Object.assign(first, { page: follower });
    second = other;
  });

  test("somebody else who logs in in one tab is who the other one shows", async () => {
    for (const [username, name] of [
      ["nina", /Nina Kallas, host/],
      ["sam", /Sam, listener/],
    ] as const) {
      await second.goto("/me");
      await second.getByRole("button", { name: "Log out", exact: true }).click();
      await second.getByLabel("Join as").waitFor();
      await first.page.getByLabel("Join as").waitFor();

      await logIn(second, username);
      await first.page.getByRole("link", { name }).waitFor();
      await isLive(first.page);
    }
    await expect.poll(holders).toHaveLength(1);
  });

  test("logging out in one tab ends the other at once", async () => {
    await second.goto("/me");
    const refreshes: string[] = [];
    first.page.on("request", (request) => refreshes.push(new URL(request.url()).pathname));
    await second.getByRole("button", { name: "Log out", exact: true }).click();

    await first.page.getByLabel("Join as").waitFor();

    expect(refreshes.filter((path) => path.endsWith("/auth/refresh"))).toEqual([]);
    expect(await kept(first.page)).toEqual([]);
    await expect.poll(holders).toEqual([]);
  });

  test("no page complained", () => {
    expect(first.complaints).toEqual([]);
  });
});

async function logIn(page: Page, username: string): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator("header").getByText("Live", { exact: true }).waitFor();
}

async function rename(page: Page, name: string): Promise<void> {
  await page.evaluate(async (room) => {
    const refreshed = await fetch("/api/identity/auth/refresh", {
      method: "POST",
      headers: { "X-Requested-With": "backline" },
    });
    const { access_token } = (await refreshed.json()) as { access_token: string };
    await fetch("/api/jukebox/room", {
      method: "PUT",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ name: room, tagline: "" }),
    });
  }, name);
}

/** The keys that this browser keeps of the room and of what waits to be sent. */
async function kept(page: Page): Promise<string[]> {
  return page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const opening = indexedDB.open("backline");
        opening.onsuccess = () => {
          const database = opening.result;
          if (!database.objectStoreNames.contains("kept")) return resolve([]);
          const keys = database.transaction("kept").objectStore("kept").getAllKeys();
          keys.onsuccess = () => {
            database.close();
            resolve(keys.result.map(String).filter((key) => key === "room" || key === "outbox"));
          };
        };
      }),
  );
}
