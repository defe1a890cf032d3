import type { Browser, CDPSession, Page, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { evening, NOW, users } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";
import { serveBuild } from "./serve-build.ts";

const BEFORE = 1_000;
const CHANGES = 3_000;
const AT_ONCE = 100;
/** The page may hold a tenth more than before: what a garbage collector leaves for later. */
const SOME = 1.1;

interface Held {
  heap: number;
  nodes: number;
  listeners: number;
}

describe.skipIf(chromiumPath === undefined)("a page that is open for long", () => {
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

  test("does not grow by 3,000 changes", async () => {
    const context = await browser.newContext({ baseURL: site.url, serviceWorkers: "block" });
    await fakeServices(context, { user: users.host });
    let socket: WebSocketRoute | null = null;
    await context.routeWebSocket("**/api/jukebox/ws**", (opened) => {
      socket = opened;
      const server_time = new Date(NOW).toISOString();
      tell(opened, { type: "hello", protocol: 1, server_time, revision: evening.revision });
      tell(opened, { type: "snapshot", revision: evening.revision, queue: evening });
    });
    const page = await context.newPage();
    await page.goto("/");
    await page.getByRole("list", { name: "Up next" }).waitFor();
    const evenings = changes();
    // The first ones fill what is kept on purpose: caches, pools, compiled code.
    await play(page, () => socket, evenings, BEFORE);
    const before = await held(page);

    await play(page, () => socket, evenings, CHANGES);
    const after = await held(page);

    for (const what of ["heap", "nodes", "listeners"] as const) {
      expect(after[what], what).toBeLessThanOrEqual(before[what] * SOME);
    }
    await context.close();
  });
});

const tell = (socket: WebSocketRoute, frame: unknown) => socket.send(JSON.stringify(frame));

/** What happens on an evening, for ever: votes, moves, songs that come and go, people too. */
function* changes(): Generator<unknown> {
  let revision = evening.revision;
  const patch = (...list: unknown[]) => {
    const base = revision;
    revision += 1;
    return { type: "patch", base, revision, changes: list };
  };
  const last = evening.items.at(-1);
  const end = evening.items.length;
  for (let round = 0; ; round += 1) {
    yield patch({ op: "replace", path: "/items/3/votes", value: round % 90 });
    yield patch({ op: "move", from: "/items/4", path: "/items/6" });
    yield patch({ op: "move", from: "/items/6", path: "/items/4" });
    const track = { ...last?.track, id: `t-${round}`, title: `Song ${round}` };
    yield patch({
      op: "add",
      path: `/items/${end}`,
      value: { ...last, id: `i-${round}`, track },
    });
    yield patch({ op: "remove", path: `/items/${end}` });
    yield { type: "presence", present: 100 + (round % 20) };
    yield { type: "mine", voted: round % 2 ? ["i-t2"] : [], skip_voted: false };
  }
}

/** Sends the next `count` changes, and waits until the page has drawn the last of them. */
async function play(
  page: Page,
  socket: () => WebSocketRoute | null,
  evenings: Generator<unknown>,
  count: number,
): Promise<void> {
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    for (let each = 0; each < AT_ONCE; each += 1) {
      const opened = socket();
      if (opened === null) throw new Error("The page has not opened its socket.");
      tell(opened, evenings.next().value);
    }
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
  }
}

/** What the page holds once what nobody needs is collected. */
async function held(page: Page): Promise<Held> {
  const session: CDPSession = await page.context().newCDPSession(page);
  for (let again = 0; again < 3; again += 1) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  await session.detach();
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}
