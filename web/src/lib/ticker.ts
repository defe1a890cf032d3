const EVERY_MS = 250;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  for (const listener of [...listeners]) listener();
}

function run(): void {
  const wanted = listeners.size > 0 && document.visibilityState === "visible";
  if (wanted && timer === undefined) {
    timer = setInterval(tick, EVERY_MS);
    tick(); // what stood still while nobody looked
  } else if (!wanted) {
    clearInterval(timer);
    timer = undefined;
  }
}

/** One timer for all that follows the clock. While the page is hidden nothing runs. */
export function onTick(listener: () => void): () => void {
  if (listeners.size === 0) document.addEventListener("visibilitychange", run);
  listeners.add(listener);
  run();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) document.removeEventListener("visibilitychange", run);
    run();
  };
}
