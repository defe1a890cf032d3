/** What a `LiveClient` needs from its surroundings; tests pass their own. */
export interface LiveEnvironment {
  open(url: string, protocols: string[]): LiveSocket;
  /** Milliseconds since the epoch, as this machine believes. */
  now(): number;
  /** A number from 0 up to 1. */
  random(): number;
  online(): boolean;
  later(action: () => void, afterMs: number): () => void;
  /** Calls `wake` when trying at once makes sense: network back, tab in front again. */
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

export const browser: LiveEnvironment = {
  open: (url, protocols) => new WebSocket(url, protocols) as unknown as LiveSocket,
  now: () => Date.now(),
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
    addEventListener("online", wake);
    document.addEventListener("visibilitychange", visible);
    return () => {
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", visible);
    };
  },
  onOffline(lost) {
    addEventListener("offline", lost);
    return () => removeEventListener("offline", lost);
  },
};
