import { describe, expect, test } from "vitest";
import { anItem, aPlayback } from "@/testing/builders.ts";
import { positionAt } from "./playback.ts";

const AS_OF = "2026-11-20T22:38:00Z";
const at = (seconds: number) => Date.parse(AS_OF) + seconds * 1_000;
const playing = aPlayback({
  state: "playing",
  item: anItem("a"),
  position_s: 30,
  as_of: AS_OF,
});

describe("positionAt", () => {
  test("moves with the clock while it plays", () => {
    expect(positionAt(playing, at(12.5))).toBe(42.5);
  });

  test("stands still in a pause", () => {
    expect(positionAt({ ...playing, state: "paused" }, at(12.5))).toBe(30);
  });

  test("does not run past the end, nor before the anchor", () => {
    expect(positionAt(playing, at(1_000))).toBe(200);
    expect(positionAt(playing, at(-5))).toBe(30);
  });

  test("is where it was when there is no anchor", () => {
    expect(positionAt(aPlayback(), at(0))).toBe(0);
  });
});
