import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { chooseLanguage, startI18n } from "@/lib/i18n.ts";
import { nothingYet } from "@/lib/live/document.ts";
import { toasts } from "@/lib/toasts.ts";
import { anAct, anOwnScore, aRoom } from "@/testing/builders.ts";
import { forgetScores, learn, learnAll, myScores } from "./lineup.ts";
import { startOutbox, waiting } from "./outbox.ts";
import { Problem } from "./problem.ts";
import { live } from "./room.ts";
import { session } from "./session.ts";
import type { RoomDocument } from "./types.ts";
import { score } from "./use-lineup.ts";

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

interface Sent {
  method: string;
  score: number;
  key: string | null;
}

/** Answers every request in turn; what is sent is noted. */
function services(...answers: (() => Response)[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    expect(new URL(request.url).pathname).toBe("/api/scores/events/3/score");
    const { score: given } = (await request.json()) as { score: number };
    sent.push({
      method: request.method,
      score: given,
      key: request.headers.get("Idempotency-Key"),
    });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("no network");
    return next();
  });
  return sent;
}

const accepted =
  (given: number, version = 1) =>
  () =>
    Response.json(anOwnScore({ score: given, version, status: "pending" }), { status: 202 });
const refused = (reason: string) => () =>
  Response.json({ domain: "scores", reason, detail: "Not so." }, { status: 409 });

function connection(is: "live" | "offline"): void {
  live.state.set({
    ...nothingYet<RoomDocument>(),
    connection: is,
    revision: 1,
    document: aRoom([]),
  });
}

const act = anAct();
const mine = () => myScores.get().get(act.id);
let stop: () => void;

beforeEach(async () => {
  await startI18n();
  await chooseLanguage("en");
  kept.clear();
  connection("live");
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
  forgetScores();
  toasts.set([]);
  Reflect.deleteProperty(navigator, "locks");
  vi.unstubAllGlobals();
});

describe("a score", () => {
  test("is shown at once, and is counted when the service says so", async () => {
    const sent = services(accepted(4));
    const done = score(act, 4);
    expect(mine()).toMatchObject({ score: 4, state: "pending" });

    expect(await done).toBe("done");
    expect(mine()).toMatchObject({ score: 4, state: "pending", counts: null });
    learnAll([anOwnScore({ score: 4, status: "confirmed", confirmed_score: 4 })]);

    expect(mine()).toMatchObject({ score: 4, state: "confirmed", counts: 4 });
    expect(sent).toMatchObject([{ method: "POST", score: 4 }]);
  });

  test("that is refused is taken back, and what counted is there again", async () => {
    learn(anOwnScore({ score: 2, status: "confirmed", confirmed_score: 2 }));
    const sent = services(refused("DEADLINE_PASSED"));

    const done = score(act, 5);
    expect(mine()).toMatchObject({ score: 5, state: "pending", counts: 2 });

    await expect(done).rejects.toThrow(Problem);
    expect(mine()).toMatchObject({ score: 2, state: "confirmed" });
    expect(sent).toMatchObject([{ method: "PUT", score: 5 }]);
  });

  test("of somebody who scored elsewhere meanwhile is a change of that", async () => {
    const sent = services(refused("ALREADY_SCORED"), accepted(3, 2));

    await score(act, 3);

    expect(sent.map(({ method }) => method)).toEqual(["POST", "PUT"]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
    expect(mine()).toMatchObject({ score: 3, state: "pending" });
  });

  test("that was counted before the answer came stays counted", async () => {
    learnAll([anOwnScore({ score: 4, status: "confirmed", confirmed_score: 4 })]);
    learn(anOwnScore({ score: 4, status: "pending" }));

    expect(mine()?.state).toBe("confirmed");
  });

  test("that is older than what is known here changes nothing", () => {
    learn(anOwnScore({ score: 5, version: 2, status: "pending" }));
    learnAll([anOwnScore({ score: 4, version: 1, status: "confirmed" })]);

    expect(mine()).toMatchObject({ score: 5, state: "pending" });
  });
});

describe("without connection", () => {
  beforeEach(() => connection("offline"));

  test("it is kept, marked, and sent once with one key", async () => {
    const sent = services(() => new Response("", { status: 503 }), accepted(4));
    expect(await score(act, 4)).toBe("kept");
    expect(mine()).toMatchObject({ score: 4, state: "kept" });
    expect(sent).toEqual([]);

    connection("live");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    await vi.waitFor(() => expect(waiting.get()).toEqual([]), { timeout: 5_000 });

    expect(sent).toHaveLength(2);
    expect(sent[1]?.key).toBe(sent[0]?.key);
    expect(mine()).toMatchObject({ score: 4, state: "pending" });
  });

  test("of several the last one is sent, alone", async () => {
    const sent = services(accepted(2));
    await score(act, 5);
    await score(act, 2);
    expect(mine()).toMatchObject({ score: 2, state: "kept" });

    connection("live");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    expect(sent).toMatchObject([{ method: "POST", score: 2 }]);
  });

  test("one that comes too late is dropped, and it is said why", async () => {
    services(refused("DEADLINE_PASSED"));
    await score(act, 4);

    connection("live");
    await vi.waitFor(() => expect(waiting.get()).toEqual([]));

    expect(mine()).toBeUndefined();
    expect(toasts.get()[0]?.text).toMatch(/^Your score for “The Tin Roofs” was not counted\./);
  });
});
