import { answered, client } from "./client.ts";
import { serverNow } from "./clock.ts";
import { perform } from "./outbox.ts";
import { optimistically, personal } from "./room.ts";
import type { Playback, RoomDocument } from "./types.ts";

function expecting(change: (playback: Playback) => Partial<Playback>) {
  return (room: RoomDocument): RoomDocument => ({
    ...room,
    playback: { ...room.playback, ...change(room.playback) },
  });
}

/** Seconds of the playing song that were heard when the server's clock shows `now`. */
export function positionAt(playback: Playback, now: number): number {
  if (playback.as_of === null) return playback.position_s;
  const since = playback.state === "playing" ? (now - Date.parse(playback.as_of)) / 1_000 : 0;
  const position = playback.position_s + Math.max(0, since) * playback.rate;
  const duration = playback.item?.track.duration_s;
  return duration == null ? position : Math.min(position, duration);
}

const frozen = (playback: Playback, now: number) => ({
  position_s: positionAt(playback, now),
  as_of: new Date(now).toISOString(),
});

/** The song that the caller sees: five people who skip at once skip one song. */
const meant = (playback: Playback) => ({ body: { item_id: playback.item_id } });

const later = { later: true };

export function pause(playback: Playback) {
  const now = serverNow();
  return optimistically(
    expecting((held) => ({ ...frozen(held, now), state: "paused" })),
    () => answered(client.POST("/api/jukebox/playback/pause", meant(playback))),
    later,
  );
}

export function resume() {
  const now = serverNow();
  return optimistically(
    expecting(() => ({ state: "playing", as_of: new Date(now).toISOString() })),
    () => answered(client.POST("/api/jukebox/playback/resume")),
    later,
  );
}

export const play = () => answered(client.POST("/api/jukebox/playback/play"));

export const stop = () => answered(client.POST("/api/jukebox/playback/stop"));

export const skip = (playback: Playback) =>
  answered(client.POST("/api/jukebox/playback/skip", meant(playback)));

export function seek(playback: Playback, seconds: number) {
  const now = serverNow();
  const body = { position_s: seconds, item_id: playback.item_id };
  return optimistically(
    expecting(() => ({ position_s: seconds, as_of: new Date(now).toISOString() })),
    () => answered(client.PUT("/api/jukebox/playback/position", { body })),
    later,
  );
}

function setLoudness(body: { volume?: number; muted: boolean }) {
  return optimistically(
    expecting(() => body),
    () => answered(client.PUT("/api/jukebox/playback/volume", { body })),
    later,
  );
}

export const setVolume = (volume: number) => setLoudness({ volume, muted: false });
export const setMuted = (muted: boolean) => setLoudness({ muted });

export async function voteToSkip(wanted: boolean, { item }: Playback): Promise<void> {
  const before = personal.get().skipVoted;
  const show = (skipVoted: boolean) => personal.update((mine) => ({ ...mine, skipVoted }));
  show(wanted);
  const title = item?.track.title ?? "";
  try {
    await perform({ kind: "skip", itemId: item?.id ?? null, wanted, title });
  } catch (error) {
    show(before);
    throw error;
  }
}

/** What the Join page shows to people who are not in yet. */
export const roomFacts = () => answered(client.GET("/api/jukebox/room"));
export const currentPlayback = async (): Promise<Playback> =>
  (await answered(client.GET("/api/jukebox/playback"))) as Playback;

export const setRoom = (body: { name: string; tagline: string }) =>
  answered(client.PUT("/api/jukebox/room", { body }));
