import { describe, expect, test } from "vitest";
import type { Health } from "@/api/host.ts";
import { anItem, aPlayback, aRoom } from "@/testing/builders.ts";
import { alarmsOf, HIDDEN_FOR_MS, Watch } from "./alarms.ts";

const heard = { driver: "miniaudio", device: "Room speakers", audible: true };
const unheard = { driver: "miniaudio", device: "No sound", audible: false };
const playing = aPlayback({ state: "playing", item: anItem("p"), output: heard });

function health(...alarms: { code: string; metadata?: Record<string, string> }[]): Health {
  const since = "2026-11-20T22:00:00Z";
  return {
    at: since,
    parts: [],
    alarms: alarms.map((one) => ({ since, metadata: {}, ...one })),
  };
}

const codes = (...given: Parameters<typeof alarmsOf>) => alarmsOf(...given).map(({ key }) => key);

describe("what needs a host", () => {
  test("nothing, while a song is heard", () => {
    expect(codes(aRoom([anItem("a")], { playback: playing }), health())).toEqual([]);
    expect(codes(null, undefined)).toEqual([]);
  });

  test("songs wait and nothing plays; a pause was meant", () => {
    const idle = aPlayback({ state: "idle", output: heard });
    const paused = aPlayback({ state: "paused", item: anItem("p"), output: heard });
    expect(codes(aRoom([anItem("a")], { playback: idle }), undefined)).toEqual(["not_playing"]);
    expect(
      codes(aRoom([anItem("a", { state: "pending" })], { playback: idle }), undefined),
    ).toEqual([]);
    expect(codes(aRoom([anItem("a")], { playback: paused }), undefined)).toEqual([]);
  });

  test("worst first: silence before what may wait", () => {
    const room = aRoom([anItem("f", { state: "failed" })], {
      playback: { ...playing, output: unheard },
    });
    const told = alarmsOf(room, health({ code: "backup_due" }, { code: "disk_low" }));
    expect(told.map(({ code }) => code)).toEqual(["silent", "disk_low", "failed", "backup_due"]);
    expect(told[0]).toMatchObject({ silence: true, tone: "bad", remedy: "output" });
    expect(told[2]?.metadata).toEqual({ count: 1 });
  });

  test("one cause is one alarm", () => {
    const room = aRoom([anItem("a")], { playback: aPlayback({ output: unheard }) });
    const down = { code: "process_down", metadata: { of: "player" } };
    expect(codes(room, health({ code: "player_unreachable" }, down))).toEqual([
      "player_unreachable",
    ]);
    const other = { code: "process_down", metadata: { of: "worker" } };
    expect(codes(room, health({ code: "player_unreachable" }, other))).toEqual([
      "player_unreachable",
      "process_down:worker",
    ]);
  });

  test("what a newer box tells and this page does not know is left out", () => {
    expect(codes(null, health({ code: "flood_in_the_cellar" }))).toEqual([]);
  });
});

describe("watching", () => {
  const waits = alarmsOf(
    aRoom([anItem("a")], { playback: aPlayback({ output: heard }) }),
    undefined,
  );
  const full = alarmsOf(null, health({ code: "disk_low" }));

  test("silence between two songs is no alarm, one that lasts is", () => {
    const watch = new Watch();
    expect(watch.shown(waits, 0)).toEqual([]);
    expect(watch.shown([], 1_000)).toEqual([]);
    expect(watch.shown(waits, 2_000)).toEqual([]);
    expect(watch.shown(waits, 4_999)).toEqual([]);
    expect(watch.shown(waits, 5_000)).toEqual(waits);
  });

  test("what was put aside comes back after a while", () => {
    const watch = new Watch();
    expect(watch.shown(full, 0)).toEqual(full);
    watch.hide("disk_low", 0);
    expect(watch.shown(full, HIDDEN_FOR_MS - 1)).toEqual([]);
    expect(watch.shown(full, HIDDEN_FOR_MS)).toEqual(full);
  });

  test("what went away and comes back is news", () => {
    const watch = new Watch();
    watch.shown(full, 0);
    watch.hide("disk_low", 0);
    watch.shown([], 1_000);
    expect(watch.shown(full, 2_000)).toEqual(full);
  });
});
