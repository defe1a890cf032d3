import { changed } from "@/lib/live/document.ts";
import { SharedFeed } from "@/lib/live/shared-feed.ts";
import { paced } from "@/lib/paced.ts";
import { Store } from "@/lib/store.ts";
import type { Act, MyScore, OwnScore, Stars } from "./acts.ts";
import { liveTicket, socketAddress } from "./live-ticket.ts";
import { watchAccessToken } from "./session.ts";

/** What the scores service keeps its sockets in step with. */
export interface LineupDocument {
  acts: Act[];
}

export const lineupFeed = new SharedFeed<LineupDocument>({
  url: () => socketAddress("scores"),
  ticket: liveTicket,
  read: (frame) => frame["lineup"] as LineupDocument,
  onMessage: (frame) => {
    if (frame.type === "mine") learnAll(frame["scores"] as OwnScore[]);
  },
});

watchAccessToken((token) => lineupFeed.renew(token));

const TELL_EVERY_MS = 200;

/** The acts of the room; null until they are known. Figures change at most five times a second. */
export const acts = paced<readonly Act[] | null>(
  {
    get: () => lineupFeed.state.get().document?.acts ?? null,
    subscribe: lineupFeed.state.subscribe,
  },
  TELL_EVERY_MS,
);

type Own = ReadonlyMap<number, OwnScore>;

/** What the service said of this person's scores, by act. */
export const own = new Store<Own>(new Map());

interface Given {
  eventId: number;
  score: Stars;
  isKept: boolean;
}

/** Scores shown before the service has them, in the order they were given. */
const given = new Store<readonly Given[]>([]);

/** What was said to one person is not for the next. */
export function forgetScores(): void {
  own.set(new Map());
  given.set([]);
}

/** An answer may come after the word of the feed that is newer. */
export function learn(score: OwnScore): void {
  own.update((held) => {
    const before = held.get(score.event_id);
    if (before !== undefined && before.version >= score.version) return held;
    return new Map(held).set(score.event_id, score);
  });
}

export function learnAll(scores: readonly OwnScore[]): void {
  own.update((held) => {
    const next = new Map<number, OwnScore>();
    for (const score of scores) {
      const before = held.get(score.event_id);
      const isOlder = before !== undefined && before.version > score.version;
      next.set(score.event_id, isOlder ? before : score);
    }
    return next;
  });
}

/** What this person gave each act: what the service said, with what is on its way laid over it. */
class Scores {
  #inputs: readonly unknown[] = [];
  #view: ReadonlyMap<number, MyScore> = new Map();

  get = (): ReadonlyMap<number, MyScore> => {
    const inputs = [own.get(), given.get()];
    if (inputs.some((input, index) => input !== this.#inputs[index])) {
      this.#inputs = inputs;
      this.#view = this.#compute();
    }
    return this.#view;
  };

  subscribe = (listener: () => void): (() => void) => {
    const ends = [own, given].map((store) => store.subscribe(listener));
    return () => {
      for (const end of ends) end();
    };
  };

  #compute(): ReadonlyMap<number, MyScore> {
    const view = new Map<number, MyScore>();
    for (const [eventId, { score, status, reason, confirmed_score }] of own.get()) {
      const counts = confirmed_score as Stars | null;
      view.set(eventId, { score: score as Stars, state: status, reason, counts });
    }
    for (const { eventId, score, isKept } of given.get()) {
      const counts = view.get(eventId)?.counts ?? null;
      view.set(eventId, { score, state: isKept ? "kept" : "pending", reason: null, counts });
    }
    return view;
  }
}

export const myScores = new Scores();

/** Shows a score before the service has it. */
export function layScore(eventId: number, score: Stars) {
  let now: Given = { eventId, score, isKept: false };
  given.update((all) => [...all, now]);
  return {
    keep(): void {
      const kept = { ...now, isKept: true };
      given.update((all) => all.map((one) => (one === now ? kept : one)));
      now = kept;
    },
    forget: (): void => given.update((all) => all.filter((one) => one !== now)),
  };
}

/** Puts the acts that were kept where the service's will be, if those do not come. */
export function showKeptActs(kept: readonly Act[], asOf: number): void {
  lineupFeed.state.update((state) =>
    changed(state, { connection: "stale", document: { acts: [...kept] }, revision: 0, asOf }),
  );
}
