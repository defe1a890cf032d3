import { useStore } from "@/lib/store.ts";
import { shownNow, useServerNow } from "./clock.ts";
import { away } from "./connection.ts";
import { positionAt } from "./playback.ts";
import type { Playback } from "./types.ts";

/** Where the song is now, by its anchor and the server's clock: nothing ticks over the network. */
export function usePosition(playback: Playback | undefined): number {
  const isAway = useStore(away);
  useServerNow(playback?.state === "playing" && !isAway ? 250 : 60_000);
  return playback === undefined ? 0 : positionAt(playback, shownNow());
}
