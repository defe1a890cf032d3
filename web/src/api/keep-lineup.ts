import { keptStore } from "@/lib/kept-store.ts";
import { machineNow } from "@/lib/live/environment.ts";
import type { Act, OwnScore } from "./acts.ts";
import { learnAll, lineupFeed, own, showKeptActs } from "./lineup.ts";
import { bearer, session } from "./session.ts";

interface Kept {
  userId: number;
  acts: Act[];
  scores: OwnScore[];
  /** What the server's clock showed when this was right. */
  asOf: number;
}

const KEY = "lineup";
const EVERY_MS = 2_000;
/** What was so yesterday helps nobody. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1_000;
const PATIENCE_MS = 3_000;

/**
 * Keeps the acts and this person's scores for a reload without network, and shows them if the
 * service does not answer. They go when the session ends.
 */
export function keepLineup(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    timer = undefined;
    const state = session.get();
    const { document, asOf, clockOffsetMs } = lineupFeed.state.get();
    if (state.status !== "in" || document === null) return;
    const kept: Kept = {
      userId: state.user.id,
      acts: document.acts,
      scores: [...own.get().values()],
      asOf: asOf ?? machineNow() + clockOffsetMs,
    };
    void keptStore.set(KEY, kept);
  };
  const soon = () => {
    const isLive = lineupFeed.state.get().connection === "live";
    if (timer === undefined && lineupFeed.leads && isLive) timer = setTimeout(keep, EVERY_MS);
  };
  lineupFeed.state.subscribe(soon);
  own.subscribe(soon);

  const follow = () => {
    const state = session.get();
    if (state.status === "in") void showKept(state.user.id);
    else if (state.status === "out") {
      clearTimeout(timer);
      timer = undefined;
      void keptStore.remove(KEY);
    }
  };
  session.subscribe(follow);
  follow();
}

/** Puts what was kept where the service's will be, if that does not come. */
async function showKept(userId: number): Promise<void> {
  // With an answer about the session the acts are on their way as well.
  if (bearer() !== null) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const kept = await keptStore.get<Kept>(KEY);
  if (kept?.userId !== userId || lineupFeed.state.get().document !== null) return;
  if (lineupFeed.state.get().connection === "idle") return;
  if (machineNow() + lineupFeed.state.get().clockOffsetMs - kept.asOf > FORGOTTEN_AFTER_MS) return;
  learnAll(kept.scores);
  showKeptActs(kept.acts, kept.asOf);
}
