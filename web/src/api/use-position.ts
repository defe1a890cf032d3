import { useSyncExternalStore } from "react";
import { onTick } from "@/lib/ticker.ts";
import { shownNow } from "./clock.ts";
import { positionAt } from "./playback.ts";
import type { Playback } from "./types.ts";

/** Where the song is now, by its anchor and the server's clock: nothing ticks over the network. */
export function usePosition(playback: Playback | undefined): number {
  return useSyncExternalStore(onTick, () =>
    playback === undefined ? 0 : Math.floor(positionAt(playback, shownNow()) * 4) / 4,
  );
}
