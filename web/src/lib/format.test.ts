import { expect, test } from "vitest";
import { clockTime, duration, initials, megabytes } from "./format.ts";

test.each([
  [0, "0:00"],
  [85.9, "1:25"],
  [252, "4:12"],
  [3_723, "1:02:03"],
  [-3, "0:00"],
])("%s seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test("a time of day has 24 hours in every language", () => {
  const at = new Date(2026, 10, 20, 22, 41);

  expect(clockTime(at, "en")).toBe("22:41");
  expect(clockTime(at, "ru")).toBe("22:41");
  expect(clockTime(new Date(2026, 10, 20, 0, 5), "en")).toBe("00:05");
});

test.each([
  ["Nina Kallas", "NK"],
  ["Sam", "SA"],
  ["  ", ""],
  ["Zoë 🎸 Ray", "Z🎸"],
])("%s has the initials %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test("megabytes are written as the language writes numbers", () => {
  expect(megabytes(12_240_000, "en")).toBe("12.2");
  expect(megabytes(12_240_000, "ru")).toBe("12,2");
});
