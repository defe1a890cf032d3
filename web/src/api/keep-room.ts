import { keptStore } from "@/lib/kept-store.ts";
import { changed } from "@/lib/live/document.ts";
import { machineNow } from "@/lib/live/environment.ts";
import { live, personal } from "./room.ts";
import { bearer, session } from "./session.ts";
import type { RoomDocument, User } from "./types.ts";

interface Kept {
  user: User;
  document: RoomDocument;
  revision: number;
  clockOffsetMs: number;
  /** What the server's clock showed when this was right. */
  asOf: number;
  voted: string[];
  skipVoted: boolean;
}

const KEY = "room";
const EVERY_MS = 1_000;
/** A quiet room stays right without changing. */
const STILL_SO_MS = 15_000;
/** What was so yesterday helps nobody. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1_000;
const PATIENCE_MS = 3_000;

async function read(): Promise<Kept | undefined> {
  const kept = await keptStore.get<Kept>(KEY);
  if (kept === undefined) return undefined;
  const age = machineNow() + kept.clockOffsetMs - kept.asOf;
  return age <= FORGOTTEN_AFTER_MS ? kept : undefined;
}

/** Who was in on this browser, and saw the room that is kept. */
export const knownUser = async (): Promise<User | null> => (await read())?.user ?? null;

/**
 * Keeps the last room of this browser for a reload without network, at most once a second, and
 * shows it if the server does not answer. It goes when the session ends.
 */
export function keepRoom(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let keptAt = 0;
  const keep = () => {
    timer = undefined;
    const kept = current();
    if (kept === null) return;
    keptAt = machineNow();
    void keptStore.set(KEY, kept);
  };
  const soon = () => {
    if (timer !== undefined || !live.leads || live.state.get().connection !== "live") return;
    timer = setTimeout(keep, Math.max(0, keptAt + EVERY_MS - machineNow()));
  };
  live.state.subscribe(soon);
  personal.subscribe(soon);
  setInterval(soon, STILL_SO_MS);

  const follow = () => {
    const state = session.get();
    if (state.status === "in") void showKept(state.user);
    else if (state.status === "out") {
      clearTimeout(timer);
      timer = undefined;
      void keptStore.remove(KEY);
    }
  };
  session.subscribe(follow);
  follow();
}

function current(): Kept | null {
  const state = session.get();
  const { document, revision, clockOffsetMs, asOf } = live.state.get();
  if (state.status !== "in" || document === null) return null;
  const { voted, skipVoted } = personal.get();
  return {
    user: state.user,
    document,
    revision,
    clockOffsetMs,
    asOf: asOf ?? machineNow() + clockOffsetMs,
    voted: [...voted],
    skipVoted,
  };
}

/** Puts the kept room where the server's will be, if that does not come. */
async function showKept(user: User): Promise<void> {
  // With an answer about the session the room is on its way as well.
  if (bearer() !== null) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const kept = await read();
  if (kept?.user.id !== user.id) return;
  if (live.state.get().document !== null) return;
  if (live.state.get().connection === "idle") return;
  personal.update((mine) => ({ ...mine, voted: new Set(kept.voted), skipVoted: kept.skipVoted }));
  live.state.update((state) =>
    changed(state, {
      connection: navigator.onLine ? "stale" : "offline",
      document: kept.document,
      revision: kept.revision,
      clockOffsetMs: kept.clockOffsetMs,
      asOf: kept.asOf,
    }),
  );
}
