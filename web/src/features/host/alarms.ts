import type { Health } from "@/api/host.ts";
import type { RoomDocument } from "@/api/types.ts";

/** What pressing an alarm's button does. */
export type Remedy = "output" | "play" | "failed" | "health" | "backup";

export interface Alarm {
  /** Names it while it lasts; two of one code differ by what they are about. */
  key: string;
  code: AlarmCode;
  /** Nothing is heard because of it: it interrupts whoever listens to the page. */
  silence: boolean;
  tone: "bad" | "mind";
  metadata: Record<string, number | string | null>;
  remedy: Remedy;
}

/** Worst first: what silences the room, what breaks something, what may wait. */
const KNOWN = {
  player_unreachable: { silence: true, tone: "bad", remedy: "health" },
  nobody_conducts: { silence: true, tone: "bad", remedy: "health" },
  output_lost: { silence: true, tone: "bad", remedy: "output" },
  silent: { silence: true, tone: "bad", remedy: "output" },
  not_playing: { silence: true, tone: "bad", remedy: "play" },
  disk_low: { silence: false, tone: "bad", remedy: "health" },
  process_down: { silence: false, tone: "bad", remedy: "health" },
  sagas_stuck: { silence: false, tone: "bad", remedy: "health" },
  player_behind: { silence: false, tone: "mind", remedy: "output" },
  failed: { silence: false, tone: "mind", remedy: "failed" },
  checks_behind: { silence: false, tone: "mind", remedy: "health" },
  sagas_overdue: { silence: false, tone: "mind", remedy: "health" },
  relay_behind: { silence: false, tone: "mind", remedy: "health" },
  messages_parked: { silence: false, tone: "mind", remedy: "health" },
  scores_behind: { silence: false, tone: "mind", remedy: "health" },
  no_answer: { silence: false, tone: "mind", remedy: "health" },
  backup_due: { silence: false, tone: "mind", remedy: "backup" },
} as const;

export type AlarmCode = keyof typeof KNOWN;

const ORDER = Object.keys(KNOWN);

/** One cause is one alarm: what follows from it is not told beside it. */
const IMPLIED: Record<string, readonly string[]> = {
  player_unreachable: ["silent", "not_playing", "output_lost", "process_down:player"],
  nobody_conducts: ["not_playing", "process_down:worker"],
  output_lost: ["silent"],
};

const isKnown = (code: string): code is AlarmCode => code in KNOWN;

function alarm(code: string, metadata: Alarm["metadata"] = {}): Alarm | null {
  if (!isKnown(code)) return null;
  const of = metadata["of"];
  return { key: of == null ? code : `${code}:${of}`, code, metadata, ...KNOWN[code] };
}

function ofRoom(room: RoomDocument): (Alarm | null)[] {
  const { playback, items } = room;
  const waiting = items.filter(({ state }) => state === "queued" || state === "locked").length;
  const failed = items.filter(({ state }) => state === "failed").length;
  return [
    playback.output.audible ? null : alarm("silent", { driver: playback.output.driver }),
    playback.state === "idle" && waiting > 0 ? alarm("not_playing", { count: waiting }) : null,
    failed > 0 ? alarm("failed", { count: failed }) : null,
  ];
}

/** What needs a host now, worst first. */
export function alarmsOf(room: RoomDocument | null, health: Health | undefined): Alarm[] {
  const told = [
    ...(room === null ? [] : ofRoom(room)),
    ...(health?.alarms ?? []).map(({ code, metadata }) => alarm(code, metadata)),
  ].filter((one) => one !== null);
  const implied = new Set(told.flatMap(({ code }) => IMPLIED[code] ?? []));
  return told
    .filter(({ key }) => !implied.has(key))
    .sort((one, other) => ORDER.indexOf(one.code) - ORDER.indexOf(other.code));
}

/** A song that has just been added plays in a moment; a player that was restarted is back soon. */
const PATIENCE_MS = 3_000;
export const HIDDEN_FOR_MS = 10 * 60_000;

/** Since when each alarm is there, and until when it was put aside. */
export class Watch {
  #since = new Map<string, number>();
  #hidden = new Map<string, number>();

  /** Those that last, and were not put aside. */
  shown(alarms: readonly Alarm[], now: number): Alarm[] {
    this.#since = new Map(alarms.map(({ key }) => [key, this.#since.get(key) ?? now]));
    for (const [key, until] of this.#hidden) {
      // One that went away and comes back is news.
      if (until <= now || !this.#since.has(key)) this.#hidden.delete(key);
    }
    return alarms.filter(
      ({ key, code }) =>
        !this.#hidden.has(key) &&
        (code !== "not_playing" || now - (this.#since.get(key) ?? now) >= PATIENCE_MS),
    );
  }

  hide(key: string, now: number): void {
    this.#hidden.set(key, now + HIDDEN_FOR_MS);
  }
}
