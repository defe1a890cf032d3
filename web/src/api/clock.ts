import { useEffect, useState } from "react";
import { live } from "./room.ts";

/** What the server's clock shows, in milliseconds since the epoch. */
export const serverNow = (): number => Date.now() + live.state.get().clockOffsetMs;

/** The server's time, renewed every `everyMs`; nothing travels over the network for it. */
export function useServerNow(everyMs: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
