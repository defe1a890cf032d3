import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import * as queue from "@/api/queue.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import * as uploads from "@/api/uploads.ts";
import { sha256 } from "@/lib/hash.ts";
import { Store } from "@/lib/store.ts";

/** How far a file of one's own has come on its way into the queue. */
export type Stage =
  | { name: "waiting" }
  | { name: "looking" }
  | { name: "sending"; sent: number; bytesPerS: number | null }
  | { name: "paused"; sent: number }
  | { name: "here"; track: Track }
  | { name: "queued"; track: Track }
  | { name: "refused"; why: string; retryAt: Date | null; track: Track }
  | { name: "failed"; why: string; sent: number };

export interface OwnFile {
  id: number;
  file: File;
  stage: Stage;
}

const TRIES = 4;
const RATE_MEMORY = 0.8;

/**
 * The files of this page's visitor, sent one after the other.
 *
 * It lives outside React: a sheet that is closed does not stop what it began.
 */
class UploadQueue {
  readonly files = new Store<readonly OwnFile[]>([]);
  readonly #serverIds = new Map<number, string>();
  #nextId = 1;
  #running: { id: number; stop: AbortController } | null = null;

  addFiles(files: Iterable<File>): void {
    const added = [...files].map((file) => ({
      id: this.#nextId++,
      file,
      stage: { name: "waiting" } as Stage,
    }));
    this.files.update((all) => [...added, ...all]);
    void this.#next();
  }

  pause(id: number): void {
    const sent = this.#sent(id);
    if (this.#running?.id === id) this.#running.stop.abort();
    this.#set(id, { name: "paused", sent });
  }

  /** Goes on after a pause or a failure, from where the server is. */
  goOn(id: number): void {
    this.#set(id, { name: "waiting" });
    void this.#next();
  }

  remove(id: number): void {
    if (this.#running?.id === id) this.#running.stop.abort();
    const serverId = this.#serverIds.get(id);
    // What is given up would expire by itself within a day.
    if (serverId !== undefined) uploads.giveUp(serverId).catch(() => {});
    this.#serverIds.delete(id);
    this.files.update((all) => all.filter((one) => one.id !== id));
  }

  async addToQueue(id: number, track: Track): Promise<void> {
    try {
      await queue.add(track.id);
      this.#set(id, { name: "queued", track });
    } catch (error) {
      const retryAt = error instanceof Problem ? error.retryAt : null;
      this.#set(id, { name: "refused", why: sentenceOf(error), retryAt, track });
    }
  }

  async #next(): Promise<void> {
    if (this.#running !== null) return;
    const next = this.files.get().findLast(({ stage }) => stage.name === "waiting");
    if (next === undefined) return;
    const stop = new AbortController();
    this.#running = { id: next.id, stop };
    try {
      await this.#send(next, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) {
        const sent = this.#sent(next.id);
        this.#set(next.id, { name: "failed", why: sentenceOf(error), sent });
      }
    } finally {
      this.#running = null;
    }
    void this.#next();
  }

  async #send({ id, file }: OwnFile, signal: AbortSignal): Promise<void> {
    let at = await this.#open(id, file, signal);
    const rate = new Rate();
    let failures = 0;
    while (!("track" in at) && !signal.aborted) {
      try {
        const answer = await this.#sendPiece(id, file, at, rate, signal);
        failures = 0;
        if ("title" in answer) {
          await this.addToQueue(id, answer);
          return;
        }
        at = { id: at.id, offset: answer.offset };
      } catch (error) {
        const twin = await this.#knownTrack(error);
        failures += 1;
        if (twin === null && (signal.aborted || isFinal(error) || failures >= TRIES)) throw error;
        at = twin === null ? await this.#afterFailure(at.id, failures) : { track: twin };
      }
    }
    if ("track" in at) this.#set(id, { name: "here", track: at.track });
  }

  #sendPiece(
    id: number,
    file: File,
    at: { id: string; offset: number },
    rate: Rate,
    signal: AbortSignal,
  ) {
    this.#set(id, { name: "sending", sent: at.offset, bytesPerS: rate.bytesPerS });
    rate.begin(at.offset);
    const onSent = (sent: number) => {
      rate.note(sent);
      if (!signal.aborted) this.#set(id, { name: "sending", sent, bytesPerS: rate.bytesPerS });
    };
    return uploads.sendPiece(at.id, file, at.offset, onSent, signal);
  }

  /** Where the server is, asked after a pause that grows with each failure. */
  async #afterFailure(serverId: string, failures: number): Promise<uploads.Opened> {
    await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
    return uploads.resume(serverId);
  }

  async #open(id: number, file: File, signal: AbortSignal) {
    const serverId = this.#serverIds.get(id);
    if (serverId !== undefined) return uploads.resume(serverId);
    this.#set(id, { name: "looking" });
    const hash = await sha256(file);
    const twin = hash === null ? null : await tracks.bySha256(hash);
    if (twin !== null) return { track: twin };
    try {
      const opened = await uploads.open(file, hash);
      if (!("track" in opened) && !signal.aborted) this.#serverIds.set(id, opened.id);
      return opened;
    } catch (error) {
      const known = await this.#knownTrack(error);
      if (known !== null) return { track: known };
      throw error;
    }
  }

  /** The track that is the same as the refused upload, if that is why it was refused. */
  async #knownTrack(error: unknown): Promise<Track | null> {
    const id = error instanceof Problem && error.status === 409 && error.metadata["track_id"];
    return id ? tracks.get(id) : null;
  }

  #sent(id: number): number {
    const stage = this.files.get().find((one) => one.id === id)?.stage;
    return stage !== undefined && "sent" in stage ? stage.sent : 0;
  }

  #set(id: number, stage: Stage): void {
    this.files.update((all) => all.map((one) => (one.id === id ? { ...one, stage } : one)));
  }
}

/** How fast a file travels: what was measured last counts most, but not alone. */
class Rate {
  bytesPerS: number | null = null;
  #began = 0;
  #from = 0;

  begin(offset: number): void {
    this.#began = performance.now();
    this.#from = offset;
  }

  note(sent: number): void {
    const seconds = (performance.now() - this.#began) / 1_000;
    if (seconds < 0.2) return;
    const now = (sent - this.#from) / seconds;
    const before = this.bytesPerS ?? now;
    this.bytesPerS = RATE_MEMORY * before + (1 - RATE_MEMORY) * now;
  }
}

/** A refusal that another try would not change; a wrong offset (409) is one that it would. */
function isFinal(error: unknown): boolean {
  return error instanceof Problem && error.status < 500 && error.status !== 409;
}

export const uploadQueue = new UploadQueue();
