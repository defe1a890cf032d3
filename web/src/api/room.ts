import { SharedFeed } from "@/lib/live/shared-feed.ts";
import { learnOffset } from "@/lib/server-now.ts";
import { Store } from "@/lib/store.ts";
import { liveTicket, socketAddress } from "./live-ticket.ts";
import { watchAccessToken } from "./session.ts";
import type { QueueItem, RoomDocument } from "./types.ts";

/** What the feed says to this person alone, and how many are there. */
interface Personal {
  voted: ReadonlySet<string>;
  skipVoted: boolean;
  present: number | null;
}

export type Expectation = (room: RoomDocument) => RoomDocument;

/** The number of the latest thing that somebody did, as hosts are told. */
export const latestChange = new Store(0);

const NOTHING: Personal = { voted: new Set(), skipVoted: false, present: null };

export const personal = new Store<Personal>(NOTHING);

/** What was said to one person is not for the next. */
export const knownNothing = (): void => personal.set(NOTHING);

/** Changes shown before the server has them, in the order they were made. */
const expectations = new Store<readonly Expectation[]>([]);

export const live = new SharedFeed<RoomDocument>({
  url: () => socketAddress("jukebox"),
  ticket: liveTicket,
  read: (frame) => frame["queue"] as RoomDocument,
  onMessage: (frame) => {
    if (frame.type === "mine") {
      personal.update((mine) => ({
        ...mine,
        voted: new Set(frame["voted"] as string[]),
        skipVoted: Boolean(frame["skip_voted"]),
      }));
    } else if (frame.type === "presence") {
      personal.update((mine) => ({ ...mine, present: Number(frame["present"]) }));
    } else if (frame.type === "changed") {
      latestChange.set(Number(frame["latest"]));
    }
  },
});

watchAccessToken((token) => live.renew(token));
live.state.subscribe(() => learnOffset(live.state.get().clockOffsetMs));

/** The room as people see it: what the server said, with what is expected laid over it. */
class RoomView {
  #inputs: readonly unknown[] = [];
  #view: RoomDocument | null = null;

  get = (): RoomDocument | null => {
    const inputs = [live.state.get().document, expectations.get(), personal.get().voted];
    if (inputs.some((input, index) => input !== this.#inputs[index])) {
      this.#inputs = inputs;
      this.#view = this.#compute();
    }
    return this.#view;
  };

  subscribe = (listener: () => void): (() => void) => {
    const ends = [live.state, expectations, personal].map((store) => store.subscribe(listener));
    return () => {
      for (const end of ends) end();
    };
  };

  #compute(): RoomDocument | null {
    const { document } = live.state.get();
    if (document === null) return null;
    const { voted } = personal.get();
    const items = document.items.map((item) =>
      item.voted === voted.has(item.id) ? item : { ...item, voted: voted.has(item.id) },
    );
    return expectations.get().reduce((room, expect) => expect(room), { ...document, items });
  }
}

export const room = new RoomView();

const SETTLES_WITHIN_MS = 2_000;

/** A change that is shown before the server has it. */
export interface Shown {
  /** Shows it in another way, in its place among the others. */
  as(expectation: Expectation): void;
  /** Takes it back. */
  forget(): void;
  /** Takes it away once the feed has come to `revision`, so that nothing jumps back and forth. */
  until(revision: number): void;
}

export function show(expectation: Expectation): Shown {
  let now = expectation;
  expectations.update((all) => [...all, now]);
  const forget = () => expectations.update((all) => all.filter((one) => one !== now));
  return {
    as(other) {
      expectations.update((all) => all.map((one) => (one === now ? other : one)));
      now = other;
    },
    forget,
    until: (revision) => whenReached(revision, forget),
  };
}

/**
 * Shows `expectation` at once, then does it. A refusal takes it back and is thrown.
 *
 * What the player has to do first comes a revision later than the answer: `later` waits for it.
 */
export async function optimistically<T extends { revision: number }>(
  expectation: Expectation,
  action: () => Promise<T>,
  { later = false } = {},
): Promise<T> {
  const shown = show(expectation);
  try {
    const answer = await action();
    shown.until(answer.revision + (later ? 1 : 0));
    return answer;
  } catch (error) {
    shown.forget();
    throw error;
  }
}

/** Does it once the feed has come to `revision`, or has taken too long. */
export function whenReached(revision: number, act: () => void): void {
  if (live.state.get().revision >= revision) {
    act();
    return;
  }
  const done = () => {
    clearTimeout(timer);
    end();
    act();
  };
  const timer = setTimeout(done, SETTLES_WITHIN_MS);
  const end = live.state.subscribe(() => {
    if (live.state.get().revision >= revision) done();
  });
}

/** What still comes, in the order of play; failed ones stay in their place. */
export function upcoming(document: RoomDocument): QueueItem[] {
  return document.items.filter((item) => item.state !== "playing");
}
