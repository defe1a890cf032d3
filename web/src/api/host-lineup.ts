import { randomId } from "@/lib/lock.ts";
import type { Act } from "./acts.ts";
import { problemOf } from "./problem.ts";
import { authorizedFetch } from "./session.ts";

/** What a host says of an act; what is left out stays as it is. Times are RFC 3339. */
export interface ActFacts {
  title?: string;
  description?: string;
  opens_at?: string;
  deadline?: string;
}

export interface LineupOptions {
  /** Every song that is played is opened for scores once it has been heard. */
  score_played_songs: boolean;
  /** For so many seconds. */
  song_window_s: number;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await authorizedFetch(
    new Request(`${location.origin}/api/lineup${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "POST" ? { "Idempotency-Key": randomId() } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  if (!answer.ok) throw await problemOf(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const announce = (facts: ActFacts) => call<Act>("POST", "/events", facts);

export const changeAct = (id: number, facts: ActFacts) => call<Act>("PUT", `/events/${id}`, facts);

/** Nothing is counted any more from this moment on; that cannot be taken back. */
export const closeAct = (id: number) => call<Act>("POST", `/events/${id}/close`);

/** Takes an act off the line-up that nobody has scored. */
export const cancelAct = (id: number) => call<void>("DELETE", `/events/${id}`);

export const lineupOptions = () => call<LineupOptions>("GET", "/options");

export const setLineupOptions = (options: Partial<LineupOptions>) =>
  call<LineupOptions>("PUT", "/options", options);

const MINUTE_MS = 60_000;

/** Gives an open act more time. */
export const addMinutes = (act: Act, minutes: number) =>
  changeAct(act.id, {
    deadline: new Date(Date.parse(act.deadline) + minutes * MINUTE_MS).toISOString(),
  });

/** Opens an act that was to come, at once; it closes when it was to. */
export const openNow = (act: Act, now: number) =>
  changeAct(act.id, { opens_at: new Date(now).toISOString() });
