import { describe, expect, test } from "vitest";
import { applyChanges, PatchError } from "./json-patch.ts";

const room = () => ({ items: [{ id: "a" }, { id: "b" }, { id: "c" }], "a/b~": 1 });

describe("applyChanges", () => {
  test.each([
    [{ op: "add", path: "/items/1", value: { id: "x" } }, ["a", "x", "b", "c"]],
    [{ op: "add", path: "/items/-", value: { id: "x" } }, ["a", "b", "c", "x"]],
    [{ op: "remove", path: "/items/0" }, ["b", "c"]],
    [{ op: "replace", path: "/items/2/id", value: "z" }, ["a", "b", "z"]],
    [{ op: "move", from: "/items/0", path: "/items/2" }, ["b", "c", "a"]],
    [{ op: "copy", from: "/items/0", path: "/items/0" }, ["a", "a", "b", "c"]],
  ] as const)("%j", (change, ids) => {
    const changed = applyChanges(room(), [change]);

    expect(changed.items.map(({ id }) => id)).toEqual(ids);
  });

  test("leaves the original and what is not touched as they were", () => {
    const before = room();

    const after = applyChanges(before, [{ op: "replace", path: "/items/1/id", value: "z" }]);

    expect(before).toEqual(room());
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]).not.toBe(before.items[1]);
  });

  test("understands escaped names and the whole document", () => {
    expect(applyChanges(room(), [{ op: "replace", path: "/a~1b~0", value: 2 }])["a/b~"]).toBe(2);
    expect(applyChanges(room(), [{ op: "replace", path: "", value: 5 }])).toBe(5);
  });

  test.each([
    { op: "remove", path: "/items/3" },
    { op: "replace", path: "/nothing", value: 1 },
    { op: "add", path: "/items/9", value: 1 },
    { op: "add", path: "/items/01", value: 1 },
    { op: "remove", path: "items" },
    { op: "add", path: "/a~1b~0/c", value: 1 },
    { op: "test", path: "/items/0/id", value: "b" },
    { op: "remove", path: "/__proto__/polluted" },
  ] as const)("refuses %j", (change) => {
    expect(() => applyChanges(room(), [change])).toThrow(PatchError);
  });
});
