/** A restart in good order: the server is back within a moment. */
const RESTARTING = 1012;
const LOGGED_OUT = 4401;
const RIGHTS_CHANGED = 4403;

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

interface Loss {
  /** Failures in a row before this one. */
  attempt: number;
  code: number | undefined;
  /** How long the lost connection had lasted. */
  lastedMs: number;
  /** From 0 up to 1. */
  chance: number;
}

/** How long to wait before connecting again, with full jitter from half a second to fifteen. */
export function waitAfter({ attempt, code, lastedMs, chance }: Loss): number {
  // The session ended or its rights changed: a new ticket tells which.
  if (lastedMs > FIRST_MS && (code === LOGGED_OUT || code === RIGHTS_CHANGED)) return 0;
  if (code === RESTARTING) return FIRST_MS;
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.min(LONGEST_MS, FIRST_MS + chance * ceiling);
}
