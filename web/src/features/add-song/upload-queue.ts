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
    const opened = await this.#open(id, file, signal);
    if (signal.aborted) return;
    if ("track" in opened) {
      this.#set(id, { name: "here", track: opened.track });
      return;
    }
    let { offset } = opened;
    let bytesPerS: number | null = null;
    let failures = 0;
    for (;;) {
      const began = performance.now();
      const from = offset;
      this.#set(id, { name: "sending", sent: offset, bytesPerS });
      const onSent = (sent: number) => {
        const seconds = (performance.now() - began) / 1_000;
        const rate = seconds > 0.2 ? (sent - from) / seconds : null;
        if (rate !== null) {
          bytesPerS = bytesPerS === null ? rate : RATE_MEMORY * bytesPerS + (1 - RATE_MEMORY) * rate;
        }
        if (!signal.aborted) this.#set(id, { name: "sending", sent, bytesPerS });
      };
      try {
        const answer = await uploads.sendPiece(opened.id, file, offset, onSent, signal);
        failures = 0;
        if ("title" in answer) {
          await this.addToQueue(id, answer);
          return;
        }
        offset = answer.offset;
      } catch (error) {
        const known = await this.#knownTrack(error);
        if (known !== null) {
          this.#set(id, { name: "here", track: known });
          return;
        }
        failures += 1;
        const hopeless = error instanceof Problem && error.status < 500 && error.status !== 409;
        if (signal.aborted || hopeless || failures >= TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** failures));
        offset = await uploads.offsetOf(opened.id);
      }
    }
  }

  async #open(id: number, file: File, signal: AbortSignal) {
    const serverId = this.#serverIds.get(id);
    if (serverId !== undefined) {
      return { id: serverId, offset: await uploads.offsetOf(serverId) };
    }
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

export const uploadQueue = new UploadQueue();
