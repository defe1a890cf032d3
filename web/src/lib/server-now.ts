import { machineNow } from "./live/environment.ts";

let offsetMs = 0;

/** What the feed learnt of the server's clock. */
export function learnOffset(ms: number): void {
  offsetMs = ms;
}

/** What the server's clock shows, in milliseconds since the epoch. */
export const serverNow = (): number => machineNow() + offsetMs;
