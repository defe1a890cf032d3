import { expect, test } from "vitest";
import { anAct } from "@/testing/builders.ts";
import { arranged, phaseOf, timeLeft } from "./acts.ts";

const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);
const NOW = at("22:38:00");

test("an act comes, is open from its first moment, and is closed from its deadline on", () => {
  const act = anAct({ opens_at: "2026-11-20T22:36:00Z", deadline: "2026-11-20T22:41:00Z" });

  expect(phaseOf(act, at("22:35:59"))).toBe("coming");
  expect(phaseOf(act, at("22:36:00"))).toBe("open");
  expect(phaseOf(act, at("22:40:59"))).toBe("open");
  expect(phaseOf(act, at("22:41:00"))).toBe("closed");
});

test("what closes soonest, what opens next and what closed last come first", () => {
  const times = (id: number, opens: string, closes: string) =>
    anAct({ id, opens_at: `2026-11-20T${opens}:00Z`, deadline: `2026-11-20T${closes}:00Z` });
  const acts = [
    times(1, "22:30", "22:50"),
    times(2, "22:30", "22:40"),
    times(3, "23:30", "23:40"),
    times(4, "22:50", "23:00"),
    times(5, "20:00", "20:10"),
    times(6, "21:00", "21:10"),
  ];

  const { open, coming, closed } = arranged(acts, NOW);

  expect(open.map(({ id }) => id)).toEqual([2, 1]);
  expect(coming.map(({ id }) => id)).toEqual([4, 3]);
  expect(closed.map(({ id }) => id)).toEqual([6, 5]);
});

test("what is left is a share of the time that the act has", () => {
  const act = anAct({ opens_at: "2026-11-20T22:36:00Z", deadline: "2026-11-20T22:41:00Z" });

  expect(timeLeft(act, NOW)).toEqual({ ms: 180_000, share: 0.6 });
  expect(timeLeft(act, at("23:00:00"))).toEqual({ ms: 0, share: 0 });
});
