import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./paced.ts";
import { Store } from "./store.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("a burst is told five times a second at most, and ends with its last value", () => {
  const source = new Store(0);
  const slow = paced(source, 200);
  const told: number[] = [];
  slow.subscribe(() => told.push(slow.get()));

  for (let value = 1; value <= 100; value += 1) {
    source.set(value);
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(200);

  expect(told).toEqual([1, 20, 40, 60, 80, 100]);
});

test("one change alone is told at once", () => {
  const source = new Store("a");
  const slow = paced(source, 200);
  const told: string[] = [];
  slow.subscribe(() => told.push(slow.get()));

  source.set("b");

  expect(told).toEqual(["b"]);
});

test("while nobody listens it is read through, and no timer is left", () => {
  const source = new Store(0);
  const slow = paced(source, 200);
  const stop = slow.subscribe(() => {});
  source.set(1);
  source.set(2);
  stop();

  expect(slow.get()).toBe(2);
  expect(vi.getTimerCount()).toBe(0);
});
