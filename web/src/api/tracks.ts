import { call } from "./http.ts";
import type { Page, Track } from "./types.ts";

const BASE = "/api/jukebox/tracks";

export const search = (query: string, cursor: string | undefined, signal: AbortSignal) =>
  call<Page<Track>>("GET", BASE, { query: { query: query || undefined, cursor, limit: 30 }, signal });

export const bySha256 = async (sha256: string): Promise<Track | null> =>
  (await call<Page<Track>>("GET", BASE, { query: { sha256 } })).items[0] ?? null;

export const get = (id: string) => call<Track>("GET", `${BASE}/${id}`);

export const waveform = async (id: string, signal: AbortSignal): Promise<number[]> =>
  (await call<{ peaks: number[] }>("GET", `${BASE}/${id}/waveform`, { signal })).peaks;

export const coverUrl = (track: Pick<Track, "id">, size: 96 | 512): string =>
  `${BASE}/${track.id}/cover?size=${size}`;
