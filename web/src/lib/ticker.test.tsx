import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onTick } from "./ticker.ts";

let seen: DocumentVisibilityState = "visible";

function turn(state: DocumentVisibilityState): void {
  seen = state;
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  seen = "visible";
  vi.useFakeTimers();
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => seen);
});
afterEach(() => vi.useRealTimers());

test("many listeners share one timer, and the last one stops it", () => {
  const ends = [onTick(() => {}), onTick(() => {})];
  expect(vi.getTimerCount()).toBe(1);

  for (const end of ends) end();

  expect(vi.getTimerCount()).toBe(0);
});

test("nothing runs while the page is hidden, and it is right at once when it is seen again", () => {
  const heard = vi.fn();
  const end = onTick(heard);
  turn("hidden");
  heard.mockClear();

  vi.advanceTimersByTime(60_000);
  expect(heard).not.toHaveBeenCalled();

  turn("visible");
  expect(heard).toHaveBeenCalledTimes(1);
  end();
});
