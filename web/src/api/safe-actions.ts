import type { Stars } from "./acts.ts";
import { answered, client } from "./client.ts";
import { layScore, learn } from "./lineup.ts";
import { type Expectation, personal, show } from "./room.ts";
import { giveScore } from "./scores.ts";
import type { QueueItem, RoomDocument, Track, User } from "./types.ts";

/**
 * What may be done while the connection is lost: it is kept, and sent once when it is back. Plain
 * data, so that it outlives the page.
 */
export type SafeAction = { title: string } & (
  | { kind: "vote"; itemId: string; wanted: boolean; votes: number }
  | { kind: "add"; track: Track }
  | { kind: "remove"; itemId: string }
  | { kind: "move"; itemId: string; order: string[]; spot: Spot }
  | { kind: "skip"; itemId: string | null; wanted: boolean }
  | { kind: "score"; eventId: number; score: Stars; isChange: boolean }
);

/** An action that is shown before the server has it. */
export interface Laid {
  /** Marks it: it will be sent. */
  keep(mark: Mark): void;
  /** Takes it back, or away once the room says the same. */
  forget(): void;
}

interface Mark {
  key: string;
  user: User;
}

/** Shows it at once. */
export function lay(action: SafeAction): Laid {
  if (action.kind === "score") return layScore(action.eventId, action.score);
  const shown = show(expected(action, null));
  return {
    keep: (mark) => shown.as(expected(action, mark)),
    forget: shown.forget,
  };
}

export type Spot = { before: string } | { after: string };

const UNSENT = "unsent-";

/** A song of one's own that is on this page only, until the connection is back. */
export const isUnsent = (item: Pick<QueueItem, "id">): boolean => item.id.startsWith(UNSENT);
/** The key of the action behind a song that is on this page only. */
export const keyOf = (itemId: string): string => itemId.slice(UNSENT.length);

/** Does it. `key` is the same however often it is sent. */
export async function send(action: SafeAction, key: string): Promise<{ revision: number }> {
  if (action.kind !== "score") return sendToRoom(action, key);
  const { eventId, score, isChange } = action;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  // The answer is the score itself; nothing else has to come.
  learn(await giveScore(eventId, score, { key, isChange, signal }));
  return { revision: 0 };
}

type RoomAction = Exclude<SafeAction, { kind: "score" }>;

function sendToRoom(action: RoomAction, key: string): Promise<{ revision: number }> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const header = { "Idempotency-Key": key };
  const item = (id: string) => ({ signal, params: { header, path: { item_id: id } } });
  switch (action.kind) {
    case "vote": {
      const path = "/api/jukebox/queue/{item_id}/vote";
      const its = item(action.itemId);
      return answered(action.wanted ? client.PUT(path, its) : client.DELETE(path, its));
    }
    case "add": {
      const body = { track_id: action.track.id };
      // An added song tells no revision: it is in the next one.
      return answered(
        client.POST("/api/jukebox/queue", { signal, params: { header }, body }),
      ) as Promise<unknown> as Promise<{ revision: number }>;
    }
    case "remove":
      return answered(client.DELETE("/api/jukebox/queue/{item_id}", item(action.itemId)));
    case "move": {
      const path = "/api/jukebox/queue/{item_id}/position";
      return answered(client.PUT(path, { ...item(action.itemId), body: action.spot }));
    }
    case "skip": {
      const path = "/api/jukebox/playback/skip-vote";
      const params = { header };
      const body = { item_id: action.itemId };
      return answered(
        action.wanted
          ? client.PUT(path, { signal, params, body })
          : client.DELETE(path, { signal, params }),
      );
    }
  }
}

const ANSWER_WITHIN_MS = 10_000;

/** What this person's own marks are once the server has it; the feed says so a moment later. */
export function noteDone(action: SafeAction): void {
  if (action.kind === "skip") {
    personal.update((mine) => ({ ...mine, skipVoted: action.wanted }));
  } else if (action.kind === "vote") {
    personal.update((mine) => {
      const voted = new Set(mine.voted);
      if (action.wanted) voted.add(action.itemId);
      else voted.delete(action.itemId);
      return { ...mine, voted };
    });
  }
}

/** The room with the action done. What is `kept` is marked: it will be sent. */
export function expected(action: RoomAction, kept: Mark | null): Expectation {
  const mark = kept === null ? {} : { unsent: true as const };
  switch (action.kind) {
    case "vote": {
      const { itemId, wanted } = action;
      // While others vote on, one's own vote is one more than theirs.
      const votes = (item: QueueItem) =>
        kept === null ? action.votes : Math.max(0, item.votes + (wanted ? 1 : -1));
      return onItems((item) =>
        item.id === itemId && item.voted !== wanted
          ? { ...item, ...mark, voted: wanted, votes: votes(item) }
          : item,
      );
    }
    case "add":
      return kept === null ? (room) => room : withUnsent(action.track, kept);
    case "remove":
      return (room) => ({ ...room, items: room.items.filter(({ id }) => id !== action.itemId) });
    case "move": {
      const seated = reseated(action.order);
      const marked = onItems((item) => (item.id === action.itemId ? { ...item, ...mark } : item));
      return kept === null ? seated : (room) => marked(seated(room));
    }
    case "skip":
      return (room) => {
        const { votes, needed } = room.playback.skip;
        const skip = { votes: Math.max(0, votes + (action.wanted ? 1 : -1)), needed };
        return { ...room, playback: { ...room.playback, skip } };
      };
  }
}

function onItems(change: (item: QueueItem) => QueueItem): Expectation {
  return (room) => ({ ...room, items: room.items.map(change) });
}

function withUnsent(track: Track, { key, user }: Mark): Expectation {
  return (room) => {
    const isThere = room.items.some(
      (item) => item.track.id === track.id && item.added_by.id === user.id,
    );
    if (isThere) return room;
    const item: QueueItem = {
      id: UNSENT + key,
      track,
      added_by: { id: user.id, display_name: user.display_name },
      state: "queued",
      votes: 0,
      voted: false,
      starts_at: null,
      starts_at_exact: false,
      reason: null,
      reason_code: null,
      reason_metadata: {},
      unsent: true,
    };
    return { ...room, items: [...room.items, item] };
  };
}

/** The items of these ids in this order, on the seats that they hold together. */
export function reseated(order: readonly string[]): Expectation {
  return (room: RoomDocument): RoomDocument => {
    const byId = new Map(room.items.map((item) => [item.id, item]));
    const next = order.flatMap((id) => byId.get(id) ?? []);
    const seats = new Set(next.map(({ id }) => id));
    const times = room.items.filter(({ id }) => seats.has(id));
    return {
      ...room,
      items: room.items.map((item) => {
        if (!seats.has(item.id)) return item;
        const seat = times.shift();
        const taker = next.shift() ?? item;
        return seat === undefined ? taker : { ...taker, starts_at: seat.starts_at };
      }),
    };
  };
}
