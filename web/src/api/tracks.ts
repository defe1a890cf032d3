import { answered, client } from "./client.ts";
import type { Page, Track } from "./types.ts";

const PAGE = 30;

export async function search(
  query: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<Track>> {
  const params = {
    query: { limit: PAGE, ...(query && { query }), ...(cursor && { cursor }) },
  };
  return answered(client.GET("/api/jukebox/tracks", { params, signal }));
}

export async function mine(limit: number, cursor?: string, signal?: AbortSignal) {
  const params = { query: { mine: true, limit, ...(cursor && { cursor }) } };
  const request = client.GET("/api/jukebox/tracks", { params, ...(signal && { signal }) });
  return (await answered(request)) as Page<Track>;
}

export interface TrackTexts {
  title: string;
  artist: string;
  album: string;
}

const one = (id: string) => ({ params: { path: { track_id: id } } });

export const correct = (id: string, body: TrackTexts): Promise<Track> =>
  answered(client.PATCH("/api/jukebox/tracks/{track_id}", { ...one(id), body }));

export const remove = (id: string) =>
  answered(client.DELETE("/api/jukebox/tracks/{track_id}", one(id)));

/** The whole file, for listening on this device: an address alone would lack the token. */
export async function audio(id: string, signal: AbortSignal): Promise<Blob> {
  const path = "/api/jukebox/tracks/{track_id}/audio";
  const request = client.GET(path, { ...one(id), parseAs: "blob", signal });
  return (await answered(request)) as unknown as Blob;
}

export async function bySha256(sha256: string): Promise<Track | null> {
  const params = { query: { sha256 } };
  return (await answered(client.GET("/api/jukebox/tracks", { params }))).items[0] ?? null;
}

export const get = (id: string): Promise<Track> =>
  answered(client.GET("/api/jukebox/tracks/{track_id}", { params: { path: { track_id: id } } }));

export async function waveform(id: string, signal: AbortSignal): Promise<number[]> {
  const params = { path: { track_id: id } };
  const path = "/api/jukebox/tracks/{track_id}/waveform";
  return (await answered(client.GET(path, { params, signal }))).peaks;
}

/** Kept for ever by whoever has it: another file has another hash, and so another address. */
export const coverUrl = (track: Pick<Track, "id" | "sha256">, size: 96 | 512): string =>
  `/api/jukebox/tracks/${track.id}/cover?size=${size}&v=${track.sha256.slice(0, 16)}`;
