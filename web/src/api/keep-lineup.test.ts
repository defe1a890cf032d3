import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nothingYet } from "@/lib/live/document.ts";
import { anAct, anOwnScore } from "@/testing/builders.ts";
import { keepLineup } from "./keep-lineup.ts";
import {
  acts,
  forgetScores,
  type LineupDocument,
  learnAll,
  lineupFeed,
  myScores,
} from "./lineup.ts";
import { session } from "./session.ts";

const kept = vi.hoisted(() => new Map<string, unknown>());

vi.mock("@/lib/kept-store.ts", () => ({
  keptStore: {
    get: async (key: string) => structuredClone(kept.get(key)),
    set: async (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
    remove: async (key: string) => void kept.delete(key),
  },
}));

const NOW = Date.parse("2026-11-20T22:38:40Z");
const HOUR_MS = 3_600_000;
const act = anAct();
const own = anOwnScore({ score: 4, confirmed_score: 4 });
const left = { userId: 8, acts: [act], scores: [own], asOf: NOW - HOUR_MS };

const log = (id: number) =>
  session.set({
    status: "in",
    user: { id, username: "sam", display_name: "Sam", role: "listener" },
  });
const feed = (details: Partial<ReturnType<typeof lineupFeed.state.get>>) =>
  lineupFeed.state.set({ ...nothingYet<LineupDocument>(), ...details });
const shown = () => acts.get()?.map(({ title }) => title);

keepLineup();

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.spyOn(lineupFeed, "leads", "get").mockReturnValue(true);
  feed({ connection: "connecting" });
});

afterEach(async () => {
  session.set({ status: "out" });
  forgetScores();
  await vi.runAllTimersAsync();
  vi.useRealTimers();
  kept.clear();
});

test("the acts and one's own scores are kept while they come", async () => {
  log(8);
  feed({ connection: "live", document: { acts: [act] } });
  learnAll([own]);
  await vi.runAllTimersAsync();

  expect(kept.get("lineup")).toEqual({ ...left, asOf: expect.any(Number) });
});

test("what comes to a tab that does not hold the socket is kept by the one that does", async () => {
  vi.spyOn(lineupFeed, "leads", "get").mockReturnValue(false);
  log(8);
  feed({ connection: "live", document: { acts: [act] } });
  await vi.runAllTimersAsync();

  expect(kept.has("lineup")).toBe(false);
});

test("they are shown if nothing comes, as of when they were right", async () => {
  kept.set("lineup", left);
  log(8);
  await vi.runAllTimersAsync();

  expect(shown()).toEqual([act.title]);
  expect(myScores.get().get(act.id)).toMatchObject({ score: 4, counts: 4 });
  expect(lineupFeed.state.get()).toMatchObject({ connection: "stale", asOf: left.asOf });
});

test.each([
  ["what another person saw", { ...left, userId: 9 }],
  ["what was so the day before", { ...left, asOf: NOW - 25 * HOUR_MS }],
])("%s is not shown", async (_, found) => {
  kept.set("lineup", found);
  log(8);
  await vi.runAllTimersAsync();

  expect(shown()).toBeUndefined();
  expect(myScores.get().size).toBe(0);
});

test("what the service says stays, whatever was kept", async () => {
  kept.set("lineup", left);
  feed({ connection: "live", document: { acts: [anAct({ title: "Lena Ferry" })] } });
  log(8);
  await vi.runAllTimersAsync();

  expect(shown()).toEqual(["Lena Ferry"]);
});

test("it goes when the session ends", async () => {
  kept.set("lineup", left);
  log(8);
  session.set({ status: "out" });
  await vi.runAllTimersAsync();

  expect(kept.has("lineup")).toBe(false);
});
