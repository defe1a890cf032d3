import { expect, test } from "vitest";
import { nextAt, timeOfDay } from "./clock-times.ts";

const evening = new Date(2026, 10, 20, 22, 38, 40).getTime();

test("a time of day is the next one there is: tonight, or after midnight", () => {
  expect(nextAt("22:50", evening)).toBe(new Date(2026, 10, 20, 22, 50).getTime());
  expect(nextAt("00:15", evening)).toBe(new Date(2026, 10, 21, 0, 15).getTime());
  expect(nextAt("22:38", evening)).toBe(new Date(2026, 10, 21, 22, 38).getTime());
});

test.each(["", "9:15", "24:00", "22:60", "soon"])("%j is no time of day", (text) => {
  expect(nextAt(text, evening)).toBeNull();
});

test("a moment is said as a field has it", () => {
  expect(timeOfDay(evening)).toBe("22:38");
});
