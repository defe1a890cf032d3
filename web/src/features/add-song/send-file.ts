import { Problem, Unreachable } from "@/api/problem.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import * as uploads from "@/api/uploads.ts";
import { sha256Of } from "@/lib/hashing.ts";
import type { Stage } from "./own-file.ts";

/** An upload that the server knows of. */
export interface Begun {
  serverId: string;
  sha256: string | null;
  /** The page was loaded since: whether it is the very same file has to be seen first. */
  unproven: boolean;
}

export interface Journey {
  file: File;
  begun: Begun | null;
  signal: AbortSignal;
  onStage: (stage: Stage) => void;
  /** Called as soon as the server knows of it, and whenever more has arrived. */
  onBegun: (begun: Begun | null) => void;
}

export interface Arrival {
  track: Track;
  /** False if the same file was in the library before. */
  isNew: boolean;
}

const TRIES = 5;
const LONGEST_PAUSE_MS = 30_000;
const RATE_MEMORY = 0.8;

/**
 * Brings a file into the library, over any number of lost connections.
 *
 * @throws Problem, Unreadable; `AbortError` when its signal stopped it.
 */
export const sendFile = (journey: Journey): Promise<Arrival> => new Sending(journey).run();

class Sending {
  readonly #journey: Journey;
  readonly #rate = new Rate();
  #begun: Begun | null;
  #at: { id: string; offset: number } | null = null;
  #acknowledged = 0;
  #failures = 0;

  constructor(journey: Journey) {
    this.#journey = journey;
    this.#begun = journey.begun;
  }

  async run(): Promise<Arrival> {
    await this.#prove();
    for (;;) {
      this.#journey.signal.throwIfAborted();
      try {
        const arrival = await this.#step();
        if (arrival !== null) return arrival;
      } catch (error) {
        this.#journey.signal.throwIfAborted();
        const twin = twinOf(error);
        if (twin !== null) return { track: await tracks.get(twin), isNew: false };
        await this.#recover(error);
      }
    }
  }

  /** What was begun before the page was loaded goes on only with the very same file. */
  async #prove(): Promise<void> {
    const begun = this.#begun;
    if (!begun?.unproven) return;
    const isSame = (await hashed(this.#journey)) === begun.sha256;
    if (!isSame) uploads.giveUp(begun.serverId).catch(() => {});
    this.#note(isSame ? { ...begun, unproven: false } : null);
  }

  async #step(): Promise<Arrival | null> {
    if (this.#at === null) {
      const begun = this.#begun;
      const opened = begun === null ? await open(this.#journey) : await resume(begun);
      if ("track" in opened) return opened;
      if (begun === null) this.#note(opened.begun);
      this.#at = { id: opened.begun.serverId, offset: opened.offset };
    }
    this.#acknowledged = this.#at.offset;
    const answer = await sendPiece(this.#journey, this.#at, this.#rate);
    this.#failures = 0;
    if ("title" in answer) return { track: answer, isNew: true };
    this.#at = { id: this.#at.id, offset: answer.offset };
    this.#note(this.#begun);
    return null;
  }

  async #recover(error: unknown): Promise<void> {
    this.#failures += 1;
    if (!passes(error, this.#failures)) throw error;
    // It expired, or was given up elsewhere: what is left of it is of no use.
    if (isGone(error)) this.#note(null);
    this.#at = null;
    this.#journey.onStage({ name: "interrupted", sent: this.#acknowledged });
    await aWhile(this.#failures, this.#journey.signal);
  }

  #note(begun: Begun | null): void {
    this.#begun = begun;
    this.#journey.onBegun(begun);
  }
}

type Opening = Arrival | { begun: Begun; offset: number };

async function open(journey: Journey): Promise<Opening> {
  await checkSize(journey.file);
  const sha256 = await hashed(journey);
  const twin = sha256 === null ? null : await tracks.bySha256(sha256);
  if (twin !== null && twin.status !== "failed") return { track: twin, isNew: false };
  const opened = await uploads.open(journey.file, sha256);
  if ("track" in opened) return { track: opened.track, isNew: false };
  return { begun: { serverId: opened.id, sha256, unproven: false }, offset: opened.offset };
}

/** What is small or usual in size is left to the service, which has the last word anyway. */
const LARGE_BYTES = 50_000_000;

/** Tells at once what would be refused after minutes of reading. */
async function checkSize({ size }: File): Promise<void> {
  if (size === 0) throw new Problem(400, { domain: "jukebox", reason: "EMPTY_UPLOAD" });
  if (size < LARGE_BYTES) return;
  const { max_file_bytes: most } = await uploads.limits();
  if (size <= most) return;
  const metadata = { max_bytes: String(most) };
  throw new Problem(413, { domain: "jukebox", reason: "UPLOAD_TOO_LARGE", metadata });
}

async function resume(begun: Begun): Promise<Opening> {
  const opened = await uploads.resume(begun.serverId);
  // The answer to its last piece was lost, not the piece.
  if ("track" in opened) return { track: opened.track, isNew: true };
  return { begun, offset: opened.offset };
}

function hashed({ file, signal, onStage }: Journey): Promise<string | null> {
  onStage({ name: "looking", done: 0, sent: 0 });
  return sha256Of(file, (done) => onStage({ name: "looking", done, sent: 0 }), signal);
}

function sendPiece(
  { file, signal, onStage }: Journey,
  at: { id: string; offset: number },
  rate: Rate,
) {
  const show = (sent: number) => {
    if (signal.aborted) return;
    if (sent >= file.size) onStage({ name: "finishing", sent });
    else onStage({ name: "sending", sent, bytesPerS: rate.bytesPerS });
  };
  rate.begin(at.offset);
  show(at.offset);
  const onSent = (sent: number) => {
    rate.note(sent);
    show(sent);
  };
  return uploads.sendPiece(at.id, file, at.offset, onSent, signal);
}

/** The track that is the same as the refused upload, if that is why it was refused. */
function twinOf(error: unknown): string | null {
  const isConflict = error instanceof Problem && error.status === 409;
  return isConflict ? (error.metadata["track_id"] ?? null) : null;
}

const isGone = (error: unknown) => error instanceof Problem && error.status === 404;

/** Whether another try may do better: no answer came, the box is busy, or we differ on where. */
function passes(error: unknown, failures: number): boolean {
  if (error instanceof Unreachable) return true;
  if (!(error instanceof Problem)) return false;
  if ([408, 429, 502, 503, 504].includes(error.status)) return true;
  return failures < TRIES && (error.status === 409 || error.status === 404 || error.status === 500);
}

/** A pause that grows with each failure, and ends at once when the network is back. */
function aWhile(failures: number, signal: AbortSignal): Promise<void> {
  const most = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures);
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const done = (settle: () => void) => () => {
      clearTimeout(timer);
      over.abort();
      settle();
    };
    const timer = setTimeout(done(resolve), most * (0.5 + Math.random() / 2));
    const { signal: until } = over;
    window.addEventListener("online", done(resolve), { signal: until });
    signal.addEventListener(
      "abort",
      done(() => reject(signal.reason)),
      { signal: until },
    );
  });
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
