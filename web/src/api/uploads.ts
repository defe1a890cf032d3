import { answered, client } from "./client.ts";
import { Problem, Unreachable } from "./problem.ts";
import { bearer, refresh } from "./session.ts";
import type { Track } from "./types.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
/** Short, so that a file that is no sound is refused before much of it has travelled. */
const FIRST_CHUNK_BYTES = 256 * 1024;
/** Without a sign of life for so long, the connection is taken for lost. */
const SILENCE_MS = 25_000;
const ONE = "/api/jukebox/uploads/{upload_id}";

export type Opened = { id: string; offset: number } | { track: Track };

const upload = (id: string) => ({ params: { path: { upload_id: id } } });

/** Opens a resumable upload; if the very same file is here already, its track comes back. */
export async function open(file: File, sha256: string | null): Promise<Opened> {
  const body = { file_name: file.name, size: file.size, sha256 };
  return opened(await answered(client.POST("/api/jukebox/uploads", { body })));
}

/** Where to go on with an upload that was begun; or its track, if it is complete. */
export const resume = async (id: string): Promise<Opened> =>
  opened(await answered(client.GET(ONE, upload(id))));

/** A finished upload, or a file that was here, has a track; one that is open has an offset. */
function opened(answer: { track?: Track | null; id?: string; offset?: number }): Opened {
  if (answer.track) return { track: answer.track };
  return { id: answer.id ?? "", offset: answer.offset ?? 0 };
}

export const giveUp = (id: string) => answered(client.DELETE(ONE, upload(id)));

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
  const piece = file.slice(offset, offset + (offset === 0 ? FIRST_CHUNK_BYTES : CHUNK_BYTES));
  const url = ONE.replace("{upload_id}", id);
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
    // The browser may wait for ever for an answer to what never arrived.
    let silence: ReturnType<typeof setTimeout>;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE_MS);
    };
    request.upload.onprogress = ({ loaded }) => {
      heard();
      onSent(offset + loaded);
    };
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Unreachable());
    request.onabort = () =>
      reject(signal.aborted ? new DOMException("stopped", "AbortError") : new Unreachable());
    request.onloadend = () => clearTimeout(silence);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    heard();
    request.send(piece);
  });
}

/** What this room takes from the caller. */
export const limits = () => answered(client.GET("/api/jukebox/uploads/limits"));
