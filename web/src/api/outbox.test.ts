import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chooseLanguage, startI18n } from "@/lib/i18n.ts";
import { nothingYet } from "@/lib/live/document.ts";
import { toasts } from "@/lib/toasts.ts";
import { anItem, aRoom } from "@/testing/builders.ts";
import { perform, startOutbox, waiting, withdraw } from "./outbox.ts";
import { undo } from "./queue.ts";
import { knownNothing, live, room } from "./room.ts";
import type { SafeAction } from "./safe-actions.ts";
import { session } from "./session.ts";
import type { RoomDocument } from "./types.ts";

const kept = vi.hoisted(() => new Map<string, unknown>());

vi.mock("@/lib/kept-store.ts", () => ({
  keptStore: {
    get: async (key: string) => structuredClone(kept.get(key)),
    set: async (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
    update: async (key: string, change: (value: unknown) => unknown) =>
      void kept.set(key, structuredClone(change(structuredClone(kept.get(key))))),
    remove: async (key: string) => void kept.delete(key),
  },
}));

const aVote = (itemId: string, wanted = true): SafeAction => ({
  kind: "vote",
  itemId,
  wanted,
  votes: 1,
  title: `Song ${itemId}`,
});

interface Sent {
  what: string;
  key: string | null;
}

/** Answers every request in turn; what is sent is noted with its key. */
function services(...answers: (() => Response | Promise<Response>)[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    sent.push({
      what: `${request.method} ${pathname.split("/").slice(-2).join("/")}`,
      key: request.headers.get("Idempotency-Key"),
    });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("no network");
    return next();
  });
  return sent;
}

const done = (revision: number) => () => Response.json({ revision });
const refused = () =>
  Response.json({ detail: "That song has gone.", reason: "GONE" }, { status: 404 });
const down = () => new Response("", { status: 503 });

function connection(is: "live" | "offline", revision = 1): void {
  live.state.set({
    ...nothingYet<RoomDocument>(),
    connection: is,
    revision,
    document: aRoom([anItem("a"), anItem("b"), anItem("c")]),
  });
}

const shown = (id: string) => room.get()?.items.find((item) => item.id === id);

let stop: () => void;

beforeEach(async () => {
  await startI18n();
  await chooseLanguage("en");
  kept.clear();
  connection("offline");
  session.set({
    status: "in",
    user: { id: 8, username: "sam", display_name: "Sam", role: "listener" },
  });
  Object.defineProperty(navigator, "locks", {
    configurable: true,
    value: { request: (_name: string, action: () => Promise<unknown>) => action() },
  });
  stop = startOutbox();
});

afterEach(() => {
  session.set({ status: "out" });
  stop();
  knownNothing();
  // What was done counts as arrived: nothing is laid over the next room.
  connection("live", 99);
  toasts.set([]);
  Reflect.deleteProperty(navigator, "locks");
  vi.unstubAllGlobals();
});

describe("what is done without connection", () => {
  test("is shown at once, marked, and kept", async () => {
    const sent = services();

    expect(await perform(aVote("a"))).toBe("kept");

    expect(sent).toEqual([]);
    expect(shown("a")).toMatchObject({ voted: true, votes: 1, unsent: true });
    expect(kept.get("outbox")).toMatchObject([{ userId: 8, action: { itemId: "a" } }]);
  });

  test("is sent in its order when the connection is back, once", async () => {
    const sent = services(done(2), done(3));
    await perform(aVote("b"));
    await perform({ kind: "remove", itemId: "c", title: "Song c" });

    connection("live");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    expect(sent.map(({ what }) => what)).toEqual(["PUT b/vote", "DELETE queue/c"]);
    expect(kept.get("outbox")).toEqual([]);
    // The room's own word for it is still to come.
    expect(shown("b")).toMatchObject({ voted: true, votes: 1 });
  });

  test("keeps its key when nobody answered", async () => {
    connection("live");
    const sent = services(down, done(2));

    expect(await perform(aVote("a"))).toBe("kept");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    expect(sent).toHaveLength(2);
    expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  test("is taken back with its reason when the server refuses it", async () => {
    services(refused);
    await perform(aVote("a"));

    connection("live");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    expect(shown("a")?.voted).toBe(false);
    expect(toasts.get().map(({ text }) => text)).toEqual([
      "Your vote for “Song a” was not counted. That song has gone.",
    ]);
  });

  test("is dropped after ten minutes, with a sentence", async () => {
    const sent = services(done(2));
    await perform(aVote("a"));
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 11 * 60_000);

    connection("live");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    clock.mockRestore();
    expect(sent).toEqual([]);
    expect(toasts.get()[0]?.text).toContain("more than 10 minutes");
  });

  test("can be withdrawn", async () => {
    const sent = services();
    await perform({ kind: "remove", itemId: "c", title: "Song c" });
    expect(shown("c")).toBeUndefined();

    expect(await withdraw(({ action }) => action.kind === "remove")).toBe(true);

    expect(shown("c")).toBeDefined();
    expect(kept.get("outbox")).toEqual([]);
    expect(sent).toEqual([]);
  });

  test("of one person is never sent by the next", async () => {
    const sent = services(done(2));
    await perform(aVote("a"));
    session.set({ status: "out" });

    expect(kept.has("outbox")).toBe(false);
    expect(shown("a")?.voted).toBe(false);
    expect(sent).toEqual([]);
  });

  test("comes back after a reload", async () => {
    services();
    await perform(aVote("a"));
    const stored = structuredClone(kept.get("outbox"));
    session.set({ status: "starting" });
    kept.set("outbox", stored);

    session.set({
      status: "in",
      user: { id: 8, username: "sam", display_name: "Sam", role: "listener" },
    });

    await vi.waitFor(() => expect(shown("a")).toMatchObject({ voted: true, unsent: true }));
  });

  test("a song that is added waits at the end, until the server has it", async () => {
    services();
    const { track } = anItem("d");

    await perform({ kind: "add", track, title: track.title });

    expect(room.get()?.items.at(-1)).toMatchObject({ track: { id: "track-d" }, unsent: true });
  });
});

test("what is done with connection is sent at once, one after the other", async () => {
  connection("live");
  let answer: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const sent = services(() => slow.then(done(2)), done(3));

  const results = Promise.all([perform(aVote("a")), perform(aVote("a", false))]);
  await vi.waitFor(() => expect(sent).not.toEqual([]));
  expect(sent.map(({ what }) => what)).toEqual(["PUT a/vote"]);
  answer();

  expect(await results).toEqual(["done", "done"]);
  expect(sent.map(({ what }) => what)).toEqual(["PUT a/vote", "DELETE a/vote"]);
  expect(kept.has("outbox")).toBe(false);
});

describe("taking back", () => {
  test("never overtakes what it takes back", async () => {
    connection("live");
    let answer = (_: Response) => {};
    const sent = services(
      () =>
        new Promise<Response>((resolve) => {
          answer = resolve;
        }),
      done(3),
    );
    const removed = perform({ kind: "remove", itemId: "c", title: "Song c" });
    const undone = undo();
    await vi.waitFor(() => expect(sent).toHaveLength(1));

    answer(Response.json({ revision: 2 }));
    await Promise.all([removed, undone]);

    expect(sent.map(({ what }) => what)).toEqual(["DELETE queue/c", "POST queue/undo"]);
  });
});
