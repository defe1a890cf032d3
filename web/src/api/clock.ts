import { useSyncExternalStore } from "react";
import { serverNow } from "@/lib/server-now.ts";
import { onTick } from "@/lib/ticker.ts";
import { away } from "./connection.ts";
import { live } from "./room.ts";

export { serverNow };

/** The moment of which the page tells: now, or that of the last state while it is away. */
export function shownNow(): number {
  const { asOf } = live.state.get();
  return away.get() && asOf !== null ? asOf : serverNow();
}

/** The server's time in steps of `everyMs`; nothing travels over the network for it. */
export function useServerNow(everyMs: number): number {
  return useSyncExternalStore(onTick, () => Math.floor(serverNow() / everyMs) * everyMs);
}
