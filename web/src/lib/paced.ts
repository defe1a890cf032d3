import { machineNow } from "./live/environment.ts";

interface Readable<T> {
  get: () => T;
  subscribe: (listener: () => void) => () => void;
}

/**
 * `source`, told at most once in `everyMs`: the first change at once, what follows within the
 * time together at its end. While nobody listens it is read through.
 */
export function paced<T>(source: Readable<T>, everyMs: number): Readable<T> {
  const listeners = new Set<() => void>();
  let held = source.get();
  let toldAt = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end = (): void => {};

  const tell = () => {
    timer = undefined;
    const value = source.get();
    if (Object.is(value, held)) return;
    toldAt = machineNow();
    held = value;
    for (const listener of [...listeners]) listener();
  };
  const changed = () => {
    if (timer !== undefined) return;
    const wait = Math.min(everyMs, toldAt + everyMs - machineNow());
    if (wait > 0) timer = setTimeout(tell, wait);
    else tell();
  };

  return {
    get: () => {
      if (listeners.size === 0) held = source.get();
      return held;
    },
    subscribe(listener) {
      if (listeners.size === 0) {
        end = source.subscribe(changed);
        if (!Object.is(source.get(), held)) changed();
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
        end();
      };
    },
  };
}
