import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { exclusively, randomId } from "./lock.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  localStorage.clear();
});

test("without Web Locks two tabs still take turns", async () => {
  const happened: string[] = [];
  const tab = (name: string) =>
    exclusively("refresh", async () => {
      happened.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      happened.push(`${name} out`);
    });

  const both = Promise.all([tab("one"), tab("two")]);
  await vi.advanceTimersByTimeAsync(5_000);
  await both;

  expect(happened).toEqual([
    happened[0],
    happened[0]?.replace("in", "out"),
    happened[2],
    happened[3],
  ]);
  expect(new Set(happened).size).toBe(4);
});

test("a tab that died does not hold the others up for long", async () => {
  localStorage.setItem("backline.lock.refresh", `dead|${Date.now() + 5_000}`);
  let ran = false;

  const turn = exclusively("refresh", async () => {
    ran = true;
  });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(ran).toBe(false);
  await vi.advanceTimersByTimeAsync(3_000);
  await turn;

  expect(ran).toBe(true);
  expect(localStorage.getItem("backline.lock.refresh")).toBeNull();
});

test("ids do not repeat", () => {
  expect(new Set(Array.from({ length: 1_000 }, randomId)).size).toBe(1_000);
  expect(randomId()).toMatch(/^[0-9a-f]{32}$/);
});
