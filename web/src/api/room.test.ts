import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anItem, aRoom } from "@/testing/builders.ts";
import { live, optimistically, personal, room } from "./room.ts";

function confirm(revision: number, votes: number): void {
  live.state.update((state) => ({
    ...state,
    connection: "live",
    revision,
    document: aRoom([anItem("a", { votes })], { revision }),
  }));
}

const votes = () => room.get()?.items[0]?.votes;
const raise = (to: number) => (before: ReturnType<typeof aRoom>) => ({
  ...before,
  items: before.items.map((item) => ({ ...item, votes: to })),
});

beforeEach(() => confirm(5, 0));
afterEach(() => {
  live.state.update((state) => ({ ...state, document: null, revision: 0 }));
  personal.set({ voted: new Set(), skipVoted: false, present: null });
});

describe("the room as people see it", () => {
  test("shows a change before the server has it, and keeps it until the feed has", async () => {
    let answer: (value: { revision: number }) => void = () => {};
    const done = optimistically(
      raise(1),
      () => new Promise<{ revision: number }>((resolve) => (answer = resolve)),
    );
    expect(votes()).toBe(1);

    answer({ revision: 7 });
    await done;
    confirm(6, 0);
    expect(votes()).toBe(1);
    confirm(7, 4);

    expect(votes()).toBe(4);
  });

  test("takes a refused change back and says so", async () => {
    const refusal = new Error("no");

    await expect(optimistically(raise(1), () => Promise.reject(refusal))).rejects.toBe(refusal);

    expect(votes()).toBe(0);
  });

  test("lays my votes over what everybody gets", () => {
    personal.update((mine) => ({ ...mine, voted: new Set(["a"]) }));

    expect(room.get()?.items[0]?.voted).toBe(true);
  });

  test("is the same object while nothing changes", () => {
    expect(room.get()).toBe(room.get());
  });
});
