import type { Browser, Page } from "playwright-core";
import type { QueueItem, RoomDocument } from "../src/api/types.ts";
import { evening, NOW, tracks, users } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";

/** A queue as long as the rule of the room allows, all of it free to move. */
export const ROWS = 500;

const EVERY_MS = 215_000;

const startOf = (place: number) => new Date(NOW + place * EVERY_MS).toISOString();

const items: QueueItem[] = Array.from({ length: ROWS }, (_, n) => {
  const track = Object.values(tracks)[n % Object.keys(tracks).length] ?? tracks.salt;
  return {
    id: `i${n}`,
    track: { ...track, id: `t${n}`, title: `${track.title} ${n}` },
    added_by: { id: 20 + (n % 60), display_name: `Person ${n % 60}` },
    state: "queued",
    votes: n % 9,
    voted: false,
    starts_at: startOf(n),
    starts_at_exact: true,
    reason: null,
    reason_code: null,
    reason_metadata: {},
  };
});

export const longEvening: RoomDocument = { ...evening, items };

/** Milliseconds of the longest task of the main thread, per thing that was done. */
export interface Worst {
  scroll: number;
  jump: number;
  reorder: number;
}

interface Trace {
  traceEvents: {
    name: string;
    ph: string;
    pid: number;
    tid: number;
    dur?: number;
    args: unknown;
  }[];
}

/** Scrolls and reorders five hundred rows at `url`, and says how long the page was busy at most. */
export async function measure(browser: Browser, url: string): Promise<Worst> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    serviceWorkers: "block",
  });
  const feed = await fakeServices(context, { user: users.host, room: longEvening, voted: [] });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("button", { name: /^Drag/ }).nth(5).waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  const { x, y } = await page
    .getByRole("listitem")
    .nth(4)
    .boundingBox()
    .then((box) => ({ x: (box?.x ?? 0) + 300, y: (box?.y ?? 0) + 20 }));
  await page.mouse.move(x, y);

  const worst: Worst = {
    scroll: await busiest(browser, page, async () => {
      for (let step = 0; step < 40; step += 1) {
        await page.mouse.wheel(0, step % 10 === 9 ? -900 : 420);
        await frames(page, 2);
      }
    }),
    jump: await busiest(browser, page, async () => {
      for (const share of [1, 0, 0.5, 0.9, 0]) {
        await page.evaluate((to) => {
          const row = document.querySelector("li");
          let box = row?.parentElement;
          while (box && !/auto|scroll/.test(getComputedStyle(box).overflowY))
            box = box.parentElement;
          if (box) box.scrollTop = to * box.scrollHeight;
        }, share);
        await frames(page, 4);
      }
    }),
    reorder: await busiest(browser, page, async () => {
      for (let turn = 1; turn <= 20; turn += 1) {
        feed.patch(moved(turn));
        await frames(page, 3);
      }
    }),
  };
  await context.close();
  return worst;
}

/** Somebody far behind comes to the front: every start between the two changes, too. */
function moved(turn: number): unknown[] {
  const [from, to] = [ROWS - 1 - turn, 2 + (turn % 6)];
  return [
    { op: "move", from: `/items/${from}`, path: `/items/${to}` },
    ...Array.from({ length: from - to + 1 }, (_, n) => ({
      op: "replace",
      path: `/items/${to + n}/starts_at`,
      value: startOf(to + n),
    })),
  ];
}

function frames(page: Page, count: number): Promise<void> {
  return page.evaluate(async (wanted) => {
    for (let n = 0; n < wanted; n += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }, count);
}

async function busiest(browser: Browser, page: Page, act: () => Promise<void>): Promise<number> {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as Trace;
  const main = traceEvents.findLast(
    ({ name, args }) =>
      name === "thread_name" && (args as { name: string }).name === "CrRendererMain",
  );
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) =>
      name === "RunTask" && ph === "X" && pid === main?.pid && tid === main.tid,
  );
  if (tasks.length === 0) throw new Error("The trace holds no task of the page.");
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000;
}
