import { openChannel, type TabChannel } from "../tab-channel.ts";

/** What a `SharedFeed` needs to know of the other tabs; tests pass their own. */
export interface TabEnvironment {
  channel<M>(name: string, hear: (message: M) => void): TabChannel<M>;
  /**
   * Waits for the one place at the head of the tabs, or takes it by force.
   *
   * @returns what gives the place up, or stops waiting for it.
   */
  lead(name: string, options: { byForce: boolean }, won: () => void, lost: () => void): () => void;
  visible(): boolean;
  onVisibility(changed: () => void): () => void;
  /** The page goes to sleep (frozen, kept in the cache of the browser), or wakes up from it. */
  onSleep(asleep: (isAsleep: boolean) => void): () => void;
  later(action: () => void, afterMs: number): () => void;
}

export const browserTabs: TabEnvironment = {
  channel: openChannel,
  lead(name, { byForce }, won, lost) {
    // Off secure origins there are no locks: each tab leads itself, with a socket of its own.
    if (navigator.locks === undefined) {
      won();
      return () => {};
    }
    const waiting = new AbortController();
    let ended = false;
    let release: () => void = () => waiting.abort();
    const held = () =>
      new Promise<void>((resolve) => {
        release = resolve;
        if (ended) resolve();
        else won();
      });
    navigator.locks
      .request(name, byForce ? { steal: true } : { signal: waiting.signal }, held)
      .catch(() => {
        if (!ended) lost();
      });
    return () => {
      ended = true;
      release();
    };
  },
  visible: () => document.visibilityState === "visible",
  onVisibility(changed) {
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
  },
  onSleep(asleep) {
    const sleep = () => asleep(true);
    const wake = () => asleep(false);
    addEventListener("pagehide", sleep);
    addEventListener("pageshow", wake);
    document.addEventListener("freeze", sleep);
    document.addEventListener("resume", wake);
    return () => {
      removeEventListener("pagehide", sleep);
      removeEventListener("pageshow", wake);
      document.removeEventListener("freeze", sleep);
      document.removeEventListener("resume", wake);
    };
  },
  later(action, afterMs) {
    const timer = setTimeout(action, afterMs);
    return () => clearTimeout(timer);
  },
};
