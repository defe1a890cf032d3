import { expect, test } from "vitest";
import { barsOf } from "./bars.ts";

test("each bar shows the loudest peak that it covers", () => {
  const bars = barsOf([0, 0.5, 1, 0, 0, 0.25], 3);

  expect(bars[1]).toBe(1);
  expect(bars[0]).toBeGreaterThan(bars[2] ?? 1);
});

test("more bars than peaks leave no gap", () => {
  expect(barsOf([1, 1], 5)).toEqual([1, 1, 1, 1, 1]);
});

test("nothing known is flat", () => {
  expect(barsOf(undefined, 2)).toEqual([0, 0]);
  expect(barsOf([0, 0], 2)).toEqual([0, 0]);
});
