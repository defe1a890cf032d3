import { useEffect, useState } from "react";

const STILL_MS = 3_000;
const SHIFT_EVERY_MS = 3 * 60_000;

/** Whether nobody has moved the pointer for a while: then it is not shown. */
export function useHiddenCursor(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    let timer = setTimeout(() => setIdle(true), STILL_MS);
    const moved = () => {
      clearTimeout(timer);
      setIdle(false);
      timer = setTimeout(() => setIdle(true), STILL_MS);
    };
    addEventListener("pointermove", moved);
    return () => {
      clearTimeout(timer);
      removeEventListener("pointermove", moved);
    };
  }, []);
  return isIdle;
}

/** Keeps the screen on while the page is seen, where the browser lets it. */
export function useWakeLock(): void {
  useEffect(() => {
    let held: WakeLockSentinel | undefined;
    let isOver = false;
    const hold = async () => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      try {
        held = await navigator.wakeLock.request("screen");
        if (isOver) await held.release();
      } catch {
        // Not on battery, or not over plain HTTP: then the screen's own setting decides.
      }
    };
    void hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      isOver = true;
      document.removeEventListener("visibilitychange", hold);
      void held?.release();
    };
  }, []);
}

/** Eight places around the middle: bright letters must not stand on the same pixels all evening. */
const PLACES = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
] as const;

/**
 * Where the picture stands, from -1 to 1 in both directions. It changes every few minutes at a
 * stroke, so that there is no motion to be reduced.
 */
export function useShift(): readonly [x: number, y: number] {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((held) => (held + 1) % PLACES.length), SHIFT_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return PLACES[turn] ?? PLACES[0];
}

/** The time by `clock`, twice a second. */
export function useNow(clock: () => number): number {
  const [now, setNow] = useState(clock);
  useEffect(() => {
    const timer = setInterval(() => setNow(clock()), 500);
    return () => clearInterval(timer);
  }, [clock]);
  return now;
}
