import { serverNow } from "./clock.ts";
import { call } from "./http.ts";
import { optimistically, personal } from "./room.ts";
import type { Playback, RoomDocument, RoomFacts } from "./types.ts";

const BASE = "/api/jukebox";

function expecting(change: (playback: Playback) => Partial<Playback>) {
  return (room: RoomDocument): RoomDocument => ({
    ...room,
    playback: { ...room.playback, ...change(room.playback) },
  });
}

/** Seconds of the playing song that were heard when the server's clock shows `now`. */
export function positionAt(playback: Playback, now: number): number {
  const since = playback.state === "playing" ? (now - Date.parse(playback.as_of)) / 1_000 : 0;
  const position = playback.position_s + Math.max(0, since) * playback.rate;
  const duration = playback.item?.track.duration_s;
  return duration == null ? position : Math.min(position, duration);
}

const frozen = (playback: Playback, now: number) => ({
  position_s: positionAt(playback, now),
  as_of: new Date(now).toISOString(),
});

export function pause() {
  const now = serverNow();
  return optimistically(
    expecting((playback) => ({ ...frozen(playback, now), state: "paused" })),
    () => call<void>("POST", `${BASE}/playback/pause`),
  );
}

export function resume() {
  const now = serverNow();
  return optimistically(
    expecting(() => ({ state: "playing", as_of: new Date(now).toISOString() })),
    () => call<void>("POST", `${BASE}/playback/resume`),
  );
}

export const play = () => call<void>("POST", `${BASE}/playback/play`);
export const skip = () => call<void>("POST", `${BASE}/playback/skip`);

export function seek(seconds: number) {
  const now = serverNow();
  return optimistically(
    expecting(() => ({ position_s: seconds, as_of: new Date(now).toISOString() })),
    () => call<void>("PUT", `${BASE}/playback/position`, { body: { position_s: seconds } }),
  );
}

export const setVolume = (volume: number) =>
  optimistically(
    expecting(() => ({ volume, muted: false })),
    () => call<void>("PUT", `${BASE}/playback/volume`, { body: { volume, muted: false } }),
  );

export const setMuted = (muted: boolean) =>
  optimistically(
    expecting(() => ({ muted })),
    () => call<void>("PUT", `${BASE}/playback/volume`, { body: { muted } }),
  );

export function voteToSkip(wanted: boolean) {
  const start = personal.get();
  personal.set({ ...start, skipVoted: wanted });
  return optimistically(
    expecting(({ skip: { votes, needed } }) => ({
      skip: { votes: Math.max(0, votes + (wanted ? 1 : -1)), needed },
    })),
    () => call<void>(wanted ? "PUT" : "DELETE", `${BASE}/playback/skip-vote`),
  ).catch((error: unknown) => {
    personal.update((mine) => ({ ...mine, skipVoted: start.skipVoted }));
    throw error;
  });
}

/** What the Join page shows to people who are not in yet. */
export const roomFacts = () => call<RoomFacts>("GET", `${BASE}/room`);
export const currentPlayback = () => call<Playback>("GET", `${BASE}/playback`);
export const setRoom = (facts: { name: string; tagline: string }) =>
  call<RoomFacts>("PUT", `${BASE}/room`, { body: facts });
