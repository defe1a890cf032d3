import { useSyncExternalStore } from "react";
import { serverNow } from "@/lib/server-now.ts";
import { useStore } from "@/lib/store.ts";
import { onTick } from "@/lib/ticker.ts";
import { type Act, arranged, type MyScore, type Phase, phaseOf, type Stars } from "./acts.ts";
import { acts, lineupFeed, myScores, own } from "./lineup.ts";
import { perform, withdraw } from "./outbox.ts";

export const useActs = (): readonly Act[] | null => useStore(acts);

export const useMyScore = (eventId: number): MyScore | undefined =>
  useSyncExternalStore(myScores.subscribe, () => myScores.get().get(eventId));

/** Whether the scores service answers; what is known of the acts stays meanwhile. */
export const useLineupConnection = () => useStore(lineupFeed.state).connection;

function subscribe(listener: () => void): () => void {
  const ends = [acts.subscribe(listener), onTick(listener)];
  return () => {
    for (const end of ends) end();
  };
}

/** The acts by their phase; told anew when one opens or closes. */
export function useLineup(): Record<Phase, Act[]> | null {
  const known = useActs();
  // One word for the phases of all of them: it changes when one of them does.
  useSyncExternalStore(subscribe, () =>
    (acts.get() ?? []).map((act) => phaseOf(act, serverNow())).join(),
  );
  return known === null ? null : arranged(known, serverNow());
}

/** Whether an act is open for scores now. */
export const useIsOpenForScores = (): boolean =>
  useSyncExternalStore(subscribe, () =>
    (acts.get() ?? []).some((act) => phaseOf(act, serverNow()) === "open"),
  );

/**
 * Gives an act a score, or changes it: shown at once, kept and sent once where the connection is
 * lost. Of several that wait for the connection the last one counts.
 *
 * @throws Problem if it is refused; what was shown is taken back.
 */
export async function score(act: Act, stars: Stars): Promise<"done" | "kept"> {
  if (myScores.get().get(act.id)?.state === "kept") {
    await withdraw(({ action }) => action.kind === "score" && action.eventId === act.id);
  }
  return perform({
    kind: "score",
    eventId: act.id,
    score: stars,
    isChange: own.get().has(act.id),
    title: act.title,
  });
}
