import { Store } from "@/lib/store.ts";
import { live } from "./room.ts";

const PATIENCE_MS = 3_000;

/**
 * Whether the connection is lost for people: for three seconds, or since the page was opened with
 * what it had kept. From then on nothing on the page claims to be so right now.
 */
export const away = new Store(false);

let waiting: ReturnType<typeof setTimeout> | undefined;

function follow(): void {
  const { connection, document, asOf } = live.state.get();
  if (connection === "live" || connection === "idle") {
    clearTimeout(waiting);
    waiting = undefined;
    away.set(false);
    return;
  }
  const isKept = document !== null && asOf !== null && !wasLive;
  if (isKept) away.set(true);
  else waiting ??= setTimeout(() => away.set(true), PATIENCE_MS);
}

/** Since this page was opened. */
let wasLive = false;

live.state.subscribe(() => {
  wasLive ||= live.state.get().connection === "live";
  follow();
});
