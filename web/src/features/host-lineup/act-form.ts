import type { Act } from "@/api/acts.ts";
import type { ActFacts } from "@/api/host-lineup.ts";
import { nextAt, timeOfDay } from "@/lib/clock-times.ts";

const MINUTE_MS = 60_000;

/** How long an act is open, in minutes. */
export const LENGTHS = [5, 10, 15, 30] as const;
const USUAL = 10;

/** An act as it is written down, before it is known what moments that means. */
export interface Draft {
  title: string;
  description: string;
  /** When it opens, as a time of day; empty for at once. */
  opens: string;
  /** Minutes from when it opens; null where `closes` counts. */
  minutes: number | null;
  /** When it closes, as a time of day. */
  closes: string;
}

export function draftOf(act: Act | null, now: number): Draft {
  if (act === null) {
    const closes = timeOfDay(now + USUAL * MINUTE_MS);
    return { title: "", description: "", opens: "", minutes: USUAL, closes };
  }
  const isComing = Date.parse(act.opens_at) > now;
  return {
    title: act.title,
    description: act.description,
    opens: isComing ? timeOfDay(Date.parse(act.opens_at)) : "",
    minutes: null,
    closes: timeOfDay(Date.parse(act.deadline)),
  };
}

/**
 * What is to be told to the service: for an act that there is, what was changed.
 *
 * Times of day are the next ones there are: an act that closes at 00:15 closes after midnight.
 */
export function factsOf(draft: Draft, act: Act | null, now: number): ActFacts {
  const before = act === null ? null : draftOf(act, now);
  const opensAt = draft.opens === "" ? null : nextAt(draft.opens, now);
  const begins = opensAt ?? now;
  const closesAt =
    draft.minutes === null ? nextAt(draft.closes, begins) : begins + draft.minutes * MINUTE_MS;
  const isOtherEnd = before === null || draft.minutes !== null || draft.closes !== before.closes;
  const isOtherStart = before === null ? opensAt !== null : draft.opens !== before.opens;
  return {
    ...(draft.title.trim() !== act?.title && { title: draft.title.trim() }),
    ...(draft.description.trim() !== (act?.description ?? "") && {
      description: draft.description.trim(),
    }),
    ...(isOtherStart && { opens_at: new Date(opensAt ?? now).toISOString() }),
    ...(isOtherEnd && closesAt !== null && { deadline: new Date(closesAt).toISOString() }),
  };
}
