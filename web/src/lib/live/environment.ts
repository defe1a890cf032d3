/** What a `LiveClient` needs from its surroundings; tests pass their own. */
export interface LiveEnvironment {
  open(url: string, protocols: string[]): LiveSocket;
  /** Milliseconds since the epoch, as this machine believes. */
  now(): number;
  /** A number from 0 up to 1. */
  random(): number;
  online(): boolean;
  later(action: () => void, afterMs: number): () => void;
  /** Calls `wake` when trying at once makes sense: network back, page in front or awake again. */
  onWake(wake: () => void): () => void;
  onOffline(lost: () => void): () => void;
}

export interface LiveSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/**
 * What this machine's clock shows, in milliseconds since the epoch. It may be wrong by an hour:
 * good for measuring how long something took, never for what people see (see `api/clock.ts`).
 */
export const machineNow = (): number => Date.now();

export const browser: LiveEnvironment = {
  open: (url, protocols) => new WebSocket(url, protocols) as unknown as LiveSocket,
  now: machineNow,
  random: () => Math.random(),
  online: () => navigator.onLine,
  later(action, afterMs) {
    const timer = setTimeout(action, afterMs);
    return () => clearTimeout(timer);
  },
  onWake(wake) {
    const visible = () => {
      if (document.visibilityState === "visible") wake();
    };
    for (const event of WINDOW_WAKES) addEventListener(event, wake);
    for (const event of PAGE_WAKES) document.addEventListener(event, visible);
    return () => {
      for (const event of WINDOW_WAKES) removeEventListener(event, wake);
      for (const event of PAGE_WAKES) document.removeEventListener(event, visible);
    };
  },
  onOffline(lost) {
    addEventListener("offline", lost);
    return () => removeEventListener("offline", lost);
  },
};

const WINDOW_WAKES = ["online", "pageshow", "focus"] as const;
const PAGE_WAKES = ["visibilitychange", "resume"] as const;
