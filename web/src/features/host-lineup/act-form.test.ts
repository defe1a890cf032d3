import { expect, test } from "vitest";
import { anAct } from "@/testing/builders.ts";
import { draftOf, factsOf } from "./act-form.ts";

const now = new Date(2026, 10, 20, 22, 38, 40).getTime();
const local = (hours: number, minutes: number, day = 20) =>
  new Date(2026, 10, day, hours, minutes).toISOString();
const later = (minutes: number) => new Date(now + minutes * 60_000).toISOString();

test("a new act opens at once, for ten minutes", () => {
  const draft = { ...draftOf(null, now), title: " The Tin Roofs " };

  expect(factsOf(draft, null, now)).toEqual({ title: "The Tin Roofs", deadline: later(10) });
});

test("an act that comes closes so many minutes after it opens", () => {
  const draft = { ...draftOf(null, now), title: "Lena Ferry", opens: "22:50", minutes: 15 };

  expect(factsOf(draft, null, now)).toEqual({
    title: "Lena Ferry",
    opens_at: local(22, 50),
    deadline: local(23, 5),
  });
});

test("a time of day after midnight is tomorrow's", () => {
  const draft = { ...draftOf(null, now), title: "Late", minutes: null, closes: "00:15" };

  expect(factsOf(draft, null, now).deadline).toBe(local(0, 15, 21));
});

test("of an act that there is, what was changed is told and nothing else", () => {
  const act = anAct({ opens_at: later(-5), deadline: local(22, 45) });
  const draft = draftOf(act, now);

  expect(factsOf(draft, act, now)).toEqual({});
  expect(factsOf({ ...draft, title: "Other" }, act, now)).toEqual({ title: "Other" });
  expect(factsOf({ ...draft, closes: "22:55" }, act, now)).toEqual({ deadline: local(22, 55) });
  expect(factsOf({ ...draft, minutes: 5 }, act, now)).toEqual({ deadline: later(5) });
});

test("an act that was to come is opened by taking its time away", () => {
  const act = anAct({ opens_at: local(22, 50), deadline: local(23, 5) });
  const draft = { ...draftOf(act, now), opens: "" };

  expect(factsOf(draft, act, now)).toEqual({ opens_at: later(0) });
});
