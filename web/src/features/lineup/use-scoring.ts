import { useState } from "react";
import { type Act, phaseOf, type Stars } from "@/api/acts.ts";
import { sayingOf } from "@/api/attempt.ts";
import { serverNow } from "@/api/clock.ts";
import { score } from "@/api/use-lineup.ts";
import type { Saying } from "@/lib/refusals.ts";
import { useScoreKeys } from "./use-score-keys.ts";

/** Scoring by star and by key; a refusal stays at its act until the next try. */
export function useScoring(open: readonly Act[]) {
  const [refusals, setRefusals] = useState<Readonly<Record<number, Saying | undefined>>>({});
  const tell = (actId: number, saying: Saying | undefined) =>
    setRefusals((all) => ({ ...all, [actId]: saying }));
  const give = async (act: Act, stars: Stars) => {
    tell(act.id, undefined);
    try {
      await score(act, stars);
    } catch (error) {
      tell(act.id, sayingOf(error));
    }
  };
  useScoreKeys((actId, stars) => {
    const act = open.find(({ id }) => id === actId) ?? open[0];
    if (act !== undefined && phaseOf(act, serverNow()) === "open") void give(act, stars);
  });
  return { refusals, give };
}
