import { describe, expect, test } from "vitest";
import { anItem, aRoom } from "@/testing/builders.ts";
import { companions, seats } from "./queue.ts";
import { reseated } from "./safe-actions.ts";

const sam = { id: 8, display_name: "Sam" };
const items = [
  anItem("a", { state: "locked" }),
  anItem("b", { starts_at: "22:41" }),
  anItem("c", { added_by: sam, starts_at: "22:45" }),
  anItem("d", { state: "failed" }),
  anItem("e", { starts_at: "22:49" }),
  anItem("f", { state: "pending" }),
];
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).join("");

describe("companions", () => {
  test("a host may move among all that are queued", () => {
    expect(ids(companions(items, "c", { userId: 1, isHost: true }))).toBe("bce");
  });

  test("others trade places among their own", () => {
    expect(ids(companions(items, "b", { userId: 7, isHost: false }))).toBe("be");
    expect(ids(companions(items, "c", { userId: 7, isHost: false }))).toBe("");
  });

  test.each(["a", "d", "f", "gone"])("%s stays where it is", (id) => {
    expect(companions(items, id, { userId: 7, isHost: true })).toEqual([]);
  });
});

describe("reseated", () => {
  test("the companions take one another's seats, the rest stays", () => {
    const group = companions(items, "e", { userId: 1, isHost: true });

    const { items: moved } = reseated(seats(group, "e", 0))(aRoom(items));

    expect(ids(moved)).toBe("aebdcf");
  });

  test("a seat keeps its time", () => {
    const group = companions(items, "e", { userId: 7, isHost: false });

    const { items: moved } = reseated(seats(group, "e", 0))(aRoom(items));

    expect(moved.map(({ id, starts_at }) => [id, starts_at])).toEqual([
      ["a", null],
      ["e", "22:41"],
      ["c", "22:45"],
      ["d", null],
      ["b", "22:49"],
      ["f", null],
    ]);
  });

  test("what has left meanwhile is no longer seated", () => {
    const group = companions(items, "e", { userId: 1, isHost: true });
    const without = aRoom(items.filter(({ id }) => id !== "c"));

    expect(ids(reseated(seats(group, "e", 0))(without).items)).toBe("aedbf");
  });
});
