import i18next from "i18next";
import { keptStore } from "@/lib/kept-store.ts";
import { exclusively, randomId } from "@/lib/lock.ts";
import { Store } from "@/lib/store.ts";
import { openChannel } from "@/lib/tab-channel.ts";
import { toast } from "@/lib/toasts.ts";
import { sentenceOf } from "./attempt.ts";
import { serverNow } from "./clock.ts";
import { Problem, Unreachable } from "./problem.ts";
import { live, whenReached } from "./room.ts";
import { type Laid, lay, noteDone, type SafeAction, send } from "./safe-actions.ts";
import { session } from "./session.ts";
import type { User } from "./types.ts";

/** An action on its way: sent with one and the same key until the server has answered it. */
interface Entry {
  key: string;
  userId: number;
  /** By the server's clock. */
  at: number;
  action: SafeAction;
}

/** What came of a kept action; every tab of the browser learns it. */
type Verdict = { key: string } & ({ revision: number } | { refused: string } | { withdrawn: true });

const KEY = "outbox";
const TOO_OLD_MS = 10 * 60 * 1_000;
const LOOK_EVERY_MS = 20_000;
const TRY_AGAIN_MS = 2_000;

/** What waits for the connection, as this page shows it; the store holds it for all tabs. */
export const waiting = new Store<readonly { entry: Entry; shown: Laid }[]>([]);

const tabs = openChannel<Verdict>("backline.outbox", (verdict) => conclude(verdict));
let last: Promise<unknown> = Promise.resolve();
let isFlushing = false;

/**
 * Shows the action at once and sends it, one after the other. Without connection it is kept, and
 * sent once when that is back, whatever happens to the page meanwhile.
 *
 * @throws Problem if it is refused; what was shown is taken back.
 */
export function perform(action: SafeAction): Promise<"done" | "kept"> {
  const state = session.get();
  const user = state.status === "in" ? state.user : NOBODY;
  const entry: Entry = { key: randomId(), userId: user.id, at: serverNow(), action };
  const shown = lay(action);
  const turn = last.then(() => deliver(entry, shown, user));
  last = turn.catch(() => {});
  return turn;
}

/** Until everything done so far is answered or kept: what follows from it must not overtake it. */
export const delivered = (): Promise<unknown> => last;

const NOBODY: User = { id: 0, username: null, display_name: "", role: "guest" };

async function deliver(entry: Entry, shown: Laid, user: User): Promise<"done" | "kept"> {
  // What waits already goes first.
  if (isLive() && waiting.get().length === 0) {
    try {
      settle(entry, shown, (await send(entry.action, entry.key)).revision);
      return "done";
    } catch (error) {
      if (!isUnanswered(error)) {
        shown.forget();
        throw error;
      }
    }
  }
  hold(entry, shown, user);
  await keptStore.update<Entry[]>(KEY, (all = []) => [...all, entry]);
  // The connection may have come back while it was put away.
  if (isLive()) void flush();
  return "kept";
}

const isLive = (): boolean => live.state.get().connection === "live";

/** Whether the server may not have heard of it: then it is sent again, with its key. */
function isUnanswered(error: unknown): boolean {
  if (error instanceof Problem) return [502, 503, 504].includes(error.status);
  return error instanceof Unreachable || (error as Error)?.name === "TimeoutError";
}

function settle({ action, userId }: Entry, shown: Laid, revision: number | undefined): void {
  // At the same moment: marked as done before the room has counted it, it would seem undone.
  whenReached(revision ?? live.state.get().revision + 1, () => {
    const state = session.get();
    if (state.status === "in" && state.user.id === userId) noteDone(action);
    shown.forget();
  });
}

function hold(entry: Entry, shown: Laid, user: User): void {
  shown.keep({ key: entry.key, user });
  waiting.update((all) => [...all, { entry, shown }]);
}

/** Sends what waits, in its order. One tab at a time does it for all of them. */
async function flush(): Promise<void> {
  if (isFlushing) return;
  isFlushing = true;
  try {
    await exclusively("outbox", async () => {
      for (;;) {
        const [first] = (await keptStore.get<Entry[]>(KEY)) ?? memory();
        const verdict = first === undefined ? null : await judge(first);
        if (first === undefined || verdict === null) return;
        await drop(first.key);
        tabs.post(verdict);
        conclude(verdict, first);
      }
    });
  } finally {
    isFlushing = false;
  }
}

/** Where nothing can be kept, what this page knows. */
const memory = (): Entry[] => waiting.get().map(({ entry }) => entry);

/** What comes of an action; null while nobody can say. */
async function judge({ key, at, userId, action }: Entry): Promise<Verdict | null> {
  const state = session.get();
  if (state.status !== "in") return null;
  if (state.user.id !== userId) return { key, withdrawn: true };
  if (serverNow() - at > TOO_OLD_MS) return { key, refused: i18next.t("kept.tooOld") };
  if (!isLive()) return null;
  try {
    return { key, revision: (await send(action, key)).revision };
  } catch (error) {
    if (!isUnanswered(error)) return { key, refused: sentenceOf(error) };
    setTimeout(() => void flush(), TRY_AGAIN_MS);
    return null;
  }
}

const drop = (key: string) =>
  keptStore.update<Entry[]>(KEY, (all = []) => all.filter((one) => one.key !== key));

function conclude(verdict: Verdict, sent?: Entry): void {
  const held = waiting.get().find(({ entry }) => entry.key === verdict.key);
  const entry = held?.entry ?? sent;
  if (held !== undefined && "revision" in verdict) settle(held.entry, held.shown, verdict.revision);
  else held?.shown.forget();
  waiting.update((all) => all.filter((one) => one !== held));
  if (entry !== undefined && "refused" in verdict) {
    const text = i18next.t(`kept.refused.${nameOf(entry.action)}`, {
      title: entry.action.title,
      why: verdict.refused,
    });
    toast({ text, tone: "bad" }, STAYS_MS);
  }
}

const STAYS_MS = 15_000;

function nameOf(action: SafeAction) {
  if (action.kind === "vote") return action.wanted ? "vote" : "unvote";
  if (action.kind === "skip") return action.wanted ? "skip" : "unskip";
  return action.kind;
}

/** Takes back an action that has not been sent; false if it is too late for that. */
export function withdraw(matches: (entry: { key: string; action: SafeAction }) => boolean) {
  return exclusively("outbox", async () => {
    const found = waiting.get().findLast(({ entry }) => matches(entry))?.entry;
    if (found === undefined) return false;
    await drop(found.key);
    const verdict = { key: found.key, withdrawn: true } as const;
    tabs.post(verdict);
    conclude(verdict);
    return true;
  });
}

/** Shows what was kept before this page was opened, and sends it when there is a connection. */
export function startOutbox(): () => void {
  const follow = () => {
    const state = session.get();
    if (state.status === "in") void restore(state.user);
    else {
      for (const { shown } of waiting.get()) shown.forget();
      waiting.set([]);
      if (state.status === "out") void keptStore.remove(KEY);
    }
  };
  const look = () => {
    if (waiting.get().length > 0) void flush();
  };
  const ends = [session.subscribe(follow), live.state.subscribe(() => isLive() && look())];
  const timer = setInterval(look, LOOK_EVERY_MS);
  follow();
  return () => {
    clearInterval(timer);
    for (const end of ends) end();
  };
}

async function restore(user: User): Promise<void> {
  const kept = (await keptStore.get<Entry[]>(KEY)) ?? [];
  const known = new Set(memory().map(({ key }) => key));
  for (const entry of kept) {
    if (entry.userId !== user.id || known.has(entry.key)) continue;
    hold(entry, lay(entry.action), user);
  }
  if (kept.length > 0) void flush();
}
