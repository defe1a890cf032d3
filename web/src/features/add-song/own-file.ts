import type { Track } from "@/api/types.ts";
import { Store } from "@/lib/store.ts";

/** How far a file of one's own has come on its way into the queue. */
export type Stage =
  | { name: "waiting"; sent: number }
  | { name: "looking"; done: number; sent: number }
  | { name: "sending"; sent: number; bytesPerS: number | null }
  /** All bytes have left; the box has not yet said that it has them. */
  | { name: "finishing"; sent: number }
  | { name: "interrupted"; sent: number }
  | { name: "paused"; sent: number }
  /** Begun before the page was loaded again: a page cannot open a file twice by itself. */
  | { name: "missing"; sent: number }
  | { name: "here"; track: Track }
  | { name: "queued"; track: Track }
  | { name: "refused"; error: unknown; track: Track }
  | { name: "failed"; error: unknown; sent: number };

export interface OwnFile {
  id: number;
  name: string;
  size: number;
  file: File | null;
  stage: Stage;
}

/** The files of this page's visitor: known to the page even while nobody looks at them. */
export const ownFiles = new Store<readonly OwnFile[]>([]);

const GOING = new Set<Stage["name"]>(["waiting", "looking", "sending", "finishing", "interrupted"]);

/** Whether leaving the page would stop it. */
export const isGoing = ({ stage }: OwnFile): boolean => GOING.has(stage.name);

export const isUnfinished = (own: OwnFile): boolean =>
  isGoing(own) || own.stage.name === "paused" || own.stage.name === "missing";

export const sentOf = ({ stage }: OwnFile): number => ("sent" in stage ? stage.sent : 0);

/** Whole per cent: 100 is said only of what has wholly arrived. */
export function percentOf(sent: number, size: number): number {
  return size === 0 ? 0 : Math.min(99, Math.floor((100 * sent) / size));
}
