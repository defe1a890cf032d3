import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** An act of the line-up, as the scores service tells its sockets of it. */
export type Act = Omit<Schemas["ScoresEventView"], "my_score"> & {
  /** How many gave one star, two, … five. */
  histogram: number[];
};

export const STARS = [1, 2, 3, 4, 5] as const;
export type Stars = (typeof STARS)[number];

/** What somebody gave an act; `confirmed_score` is what counts by now. */
export type OwnScore = Schemas["ScoreView"];

/** One's own score as the page shows it: `kept` waits for the connection, `pending` is counted. */
export interface MyScore {
  score: Stars;
  state: "kept" | "pending" | "confirmed" | "rejected";
  reason: string | null;
  /** What counts by now. */
  counts: Stars | null;
}

export type Phase = "coming" | "open" | "closed";

/** Where an act is in its time when the server's clock shows `now`. */
export function phaseOf({ opens_at, deadline }: Act, now: number): Phase {
  if (now >= Date.parse(deadline)) return "closed";
  return now < Date.parse(opens_at) ? "coming" : "open";
}

/**
 * The acts by their phase: open ones with the one first that closes soonest, coming ones as they
 * open, closed ones with the latest first.
 */
export function arranged(acts: readonly Act[], now: number): Record<Phase, Act[]> {
  const by = (phase: Phase, order: (act: Act) => number) =>
    acts
      .filter((act) => phaseOf(act, now) === phase)
      .sort((one, other) => order(one) - order(other) || one.id - other.id);
  return {
    open: by("open", ({ deadline }) => Date.parse(deadline)),
    coming: by("coming", ({ opens_at }) => Date.parse(opens_at)),
    closed: by("closed", ({ deadline }) => -Date.parse(deadline)),
  };
}

/** Milliseconds until an act closes, and the share of its time that this is. */
export function timeLeft({ opens_at, deadline }: Act, now: number): { ms: number; share: number } {
  const ms = Math.max(0, Date.parse(deadline) - now);
  const whole = Date.parse(deadline) - Date.parse(opens_at);
  return { ms, share: whole > 0 ? Math.min(1, ms / whole) : 0 };
}
