import { call } from "./http.ts";
import { Problem, Unreachable } from "./problem.ts";
import { bearer, refresh } from "./session.ts";
import type { Track } from "./types.ts";

const BASE = "/api/jukebox/uploads";
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface Opened {
  id: string;
  offset: number;
}

/** Opens a resumable upload; if the very same file is here already, its track comes back. */
export async function open(file: File, sha256: string | null): Promise<Opened | { track: Track }> {
  const body = { file_name: file.name, size: file.size, ...(sha256 === null ? {} : { sha256 }) };
  return call<Opened | { track: Track }>("POST", BASE, { body });
}

/** How much of it the server holds. */
export const offsetOf = async (id: string): Promise<number> =>
  (await call<Opened>("GET", `${BASE}/${id}`)).offset;

export const giveUp = (id: string) => call<void>("DELETE", `${BASE}/${id}`);

type Answer = { offset: number } | Track;

/**
 * Sends the next piece of `file` from `offset` on.
 *
 * `fetch` cannot tell how much of a body has left, so this is an XMLHttpRequest.
 *
 * @returns the new offset, or the track when that was the last piece.
 * @throws Problem, Unreachable; `AbortError` when `signal` stopped it.
 */
export async function sendPiece(
  id: string,
  file: File,
  offset: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const piece = file.slice(offset, offset + CHUNK_BYTES);
  const url = `${BASE}/${id}`;
  const answer = await patch(url, piece, offset, onSent, signal);
  if (answer.status === 401 && (await refresh())) {
    return read(await patch(url, piece, offset, onSent, signal));
  }
  return read(answer);
}

interface Raw {
  status: number;
  text: string;
}

function read({ status, text }: Raw): Answer {
  const body = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (status >= 300) throw new Problem(status, body);
  return body as unknown as Answer;
}

function patch(
  url: string,
  piece: Blob,
  offset: number,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", url);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.setRequestHeader("Upload-Offset", String(offset));
    const token = bearer();
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded }) => onSent(offset + loaded);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(piece);
  });
}
