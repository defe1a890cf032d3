import { applyChanges, type Change, PatchError } from "../json-patch.ts";

export type Connection = "idle" | "connecting" | "live" | "stale" | "offline" | "refused";

export interface LiveState<D> {
  connection: Connection;
  /** The document as of `revision`; it stays readable while the connection is lost. */
  document: D | null;
  revision: number;
  /** Add to this machine's clock to get the server's, in milliseconds. */
  clockOffsetMs: number;
  /** What the server's clock showed when the document was last known to be right; while live null. */
  asOf: number | null;
}

export type Frame = Record<string, unknown> & { type: string };

export const nothingYet = <D>(): LiveState<D> => ({
  connection: "idle",
  document: null,
  revision: 0,
  clockOffsetMs: 0,
  asOf: null,
});

/**
 * What a `patch` frame makes of the document; `known` if it is in there already.
 *
 * `missed`: revisions before it are missing, and can be asked for. `unfit`: what we hold is
 * another document than the server's, and only the whole helps.
 */
export function patched<D>(
  { document, revision }: Pick<LiveState<D>, "document" | "revision">,
  frame: Frame,
): { document: D; revision: number } | "known" | "missed" | "unfit" {
  const next = Number(frame["revision"]);
  const base = Number(frame["base"]);
  if (document === null || next <= revision) return "known";
  if (base > revision) return "missed";
  if (base < revision) return "unfit";
  try {
    return { document: applyChanges(document, frame["changes"] as Change[]), revision: next };
  } catch (error) {
    if (error instanceof PatchError) return "unfit";
    throw error;
  }
}

/** The state with some of it changed; the very same one if that changes nothing. */
export function changed<D>(state: LiveState<D>, change: Partial<LiveState<D>>): LiveState<D> {
  const next = { ...state, ...change };
  const same = (Object.keys(next) as (keyof LiveState<D>)[]).every((key) =>
    Object.is(next[key], state[key]),
  );
  return same ? state : next;
}
