import { Problem } from "@/api/problem.ts";
import * as queue from "@/api/queue.ts";
import { session } from "@/api/session.ts";
import type { Track } from "@/api/types.ts";
import * as uploads from "@/api/uploads.ts";
import { forget, type KeptUpload, keep, leftBehind } from "./kept-uploads.ts";
import { isUnfinished, type OwnFile, ownFiles, type Stage, sentOf } from "./own-file.ts";
import { type Begun, sendFile } from "./send-file.ts";

/**
 * The files of this page's visitor, sent one after the other.
 *
 * It lives outside React: a sheet that is closed does not stop what it began.
 */
class UploadQueue {
  readonly #begun = new Map<number, Begun>();
  #nextId = 1;
  #running: { id: number; stop: AbortController } | null = null;
  #userId: number | null = null;

  constructor() {
    session.subscribe(() => this.#follow());
    this.#follow();
  }

  addFiles(files: Iterable<File>): void {
    const known = new Set<number>();
    for (const file of files) {
      const same = ownFiles
        .get()
        .find((own) => !known.has(own.id) && isUnfinished(own) && isSame(own, file));
      if (same === undefined) this.#take(file);
      else if (same.stage.name === "missing") this.#goOnWith(same.id, file);
      if (same !== undefined) known.add(same.id);
    }
    void this.#next();
  }

  pause(id: number): void {
    const sent = this.#sent(id);
    this.#stop(id);
    this.#set(id, { name: "paused", sent });
  }

  /** Goes on after a pause or a failure, from where the server is; not later, but now. */
  goOn(id: number): void {
    this.#stop(id);
    this.#set(id, { name: "waiting", sent: this.#sent(id) });
    void this.#next();
  }

  remove(id: number): void {
    this.#stop(id);
    const begun = this.#begun.get(id);
    // What is given up would expire by itself within a day.
    if (begun !== undefined) uploads.giveUp(begun.serverId).catch(() => {});
    this.#note(id, null);
    ownFiles.update((all) => all.filter((one) => one.id !== id));
  }

  async addToQueue(id: number, track: Track): Promise<void> {
    try {
      await queue.add(track.id);
      this.#set(id, { name: "queued", track });
    } catch (error) {
      this.#set(id, { name: "refused", error, track });
    }
  }

  /** Another person, or nobody: their files are not this one's. */
  #follow(): void {
    const state = session.get();
    const userId = state.status === "in" ? state.user.id : null;
    if (userId === this.#userId) return;
    this.#userId = userId;
    this.#running?.stop.abort();
    this.#begun.clear();
    ownFiles.set([]);
    if (userId !== null) for (const upload of leftBehind(userId)) void this.#restore(upload);
  }

  /** Shows what was begun before the page was loaded, if the server still knows it. */
  async #restore(upload: KeptUpload): Promise<void> {
    const userId = this.#userId ?? 0;
    const { serverId, sha256, name, size } = upload;
    try {
      const opened = await uploads.resume(serverId);
      if (this.#userId !== userId) return;
      const id = this.#nextId++;
      if ("track" in opened) {
        forget(userId, serverId);
        this.#show({ id, name, size, file: null, stage: { name: "here", track: opened.track } });
        return;
      }
      this.#begun.set(id, { serverId, sha256, unproven: true });
      const stage = { name: "missing", sent: opened.offset } as const;
      this.#show({ id, name, size, file: null, stage });
    } catch (error) {
      if (error instanceof Problem && error.status === 404) forget(userId, serverId);
    }
  }

  #take(file: File): void {
    const stage = { name: "waiting", sent: 0 } as const;
    this.#show({ id: this.#nextId++, name: file.name, size: file.size, file, stage });
  }

  #show(own: OwnFile): void {
    ownFiles.update((all) => [own, ...all]);
  }

  #goOnWith(id: number, file: File): void {
    ownFiles.update((all) => all.map((one) => (one.id === id ? { ...one, file } : one)));
    this.#set(id, { name: "waiting", sent: this.#sent(id) });
  }

  async #next(): Promise<void> {
    if (this.#running !== null) return;
    const next = ownFiles.get().findLast(({ stage }) => stage.name === "waiting");
    if (next === undefined) return;
    const stop = new AbortController();
    this.#running = { id: next.id, stop };
    try {
      await this.#send(next, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) {
        this.#set(next.id, { name: "failed", error, sent: this.#sent(next.id) });
      }
    } finally {
      if (this.#running?.stop === stop) this.#running = null;
    }
    void this.#next();
  }

  async #send({ id, file }: OwnFile, signal: AbortSignal): Promise<void> {
    if (file === null) return;
    const { track, isNew } = await sendFile({
      file,
      begun: this.#begun.get(id) ?? null,
      signal,
      onStage: (stage) => {
        if (!signal.aborted) this.#set(id, stage);
      },
      onBegun: (begun) => this.#note(id, begun, file),
    });
    if (signal.aborted) return;
    this.#note(id, null);
    if (isNew) await this.addToQueue(id, track);
    else this.#set(id, { name: "here", track });
  }

  /** Remembers the upload over a reload; or that there is none any more. */
  #note(id: number, begun: Begun | null, file?: File): void {
    const userId = this.#userId ?? 0;
    const before = this.#begun.get(id);
    if (before !== undefined && before.serverId !== begun?.serverId) {
      forget(userId, before.serverId);
    }
    if (begun === null) {
      this.#begun.delete(id);
      return;
    }
    this.#begun.set(id, begun);
    if (file !== undefined) {
      const { serverId, sha256 } = begun;
      const { name, size, lastModified } = file;
      keep(userId, { serverId, sha256, name, size, lastModified });
    }
  }

  #stop(id: number): void {
    if (this.#running?.id !== id) return;
    this.#running.stop.abort();
    this.#running = null;
    void this.#next();
  }

  #sent(id: number): number {
    const own = ownFiles.get().find((one) => one.id === id);
    return own === undefined ? 0 : sentOf(own);
  }

  #set(id: number, stage: Stage): void {
    ownFiles.update((all) => all.map((one) => (one.id === id ? { ...one, stage } : one)));
  }
}

function isSame(own: OwnFile, file: File): boolean {
  const isAlike = own.name === file.name && own.size === file.size;
  return isAlike && (own.file === null || own.file.lastModified === file.lastModified);
}

export const uploadQueue = new UploadQueue();
