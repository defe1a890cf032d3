import { call } from "./http.ts";
import { optimistically, personal } from "./room.ts";
import type { Page, Policy, QueueItem, RoomDocument } from "./types.ts";

const BASE = "/api/jukebox/queue";

export interface PlayedItem extends QueueItem {
  started_at: string | null;
  ended_at: string;
  heard_s: number;
}

export const add = (trackId: string) =>
  call<QueueItem>("POST", BASE, { body: { track_id: trackId } });

export const remove = (itemId: string) =>
  optimistically(without(itemId), () => call<void>("DELETE", `${BASE}/${itemId}`));

export const undo = () => call<void>("POST", `${BASE}/undo`);

export const history = (cursor?: string) =>
  call<Page<PlayedItem>>("GET", `${BASE}/history`, { query: { cursor, limit: 50 } });

export const setPolicy = (policy: Partial<Policy>) =>
  optimistically(
    (room) => ({ ...room, policy: { ...room.policy, ...policy } }),
    () => call<Policy>("PUT", `${BASE}/policy`, { body: policy }),
  );

/**
 * The items that `itemId` can trade places with: all that are queued for hosts, one's own for
 * others. What is locked, checked or failed stays where it is.
 */
export function companions(
  items: readonly QueueItem[],
  itemId: string,
  { userId, isHost }: { userId: number | undefined; isHost: boolean },
): QueueItem[] {
  const group = items.filter(
    (item) => item.state === "queued" && (isHost || item.added_by.id === userId),
  );
  return group.some((item) => item.id === itemId) ? group : [];
}

/** Puts an item at place `to` among its companions, counted from 0. */
export function move(group: readonly QueueItem[], itemId: string, to: number): Promise<unknown> {
  const from = group.findIndex((item) => item.id === itemId);
  const target = group[Math.max(0, Math.min(to, group.length - 1))];
  if (from === -1 || target === undefined || target.id === itemId) return Promise.resolve();
  const spot = to > from ? { after: target.id } : { before: target.id };
  return optimistically(reseated(group, itemId, to), () =>
    call<void>("PUT", `${BASE}/${itemId}/position`, { body: spot }),
  );
}

/** The companions in their new order, on the seats that they hold together. */
export function reseated(group: readonly QueueItem[], itemId: string, to: number) {
  const order = group.map(({ id }) => id).filter((id) => id !== itemId);
  order.splice(to, 0, itemId);
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

export function vote(item: QueueItem, wanted: boolean): Promise<unknown> {
  const votes = item.votes + (wanted ? 1 : -1);
  const expected = (room: RoomDocument) => ({
    ...room,
    items: room.items.map((other) =>
      other.id === item.id && other.voted !== wanted
        ? { ...other, voted: wanted, votes }
        : other,
    ),
  });
  return optimistically(expected, async () => {
    await call<void>(wanted ? "PUT" : "DELETE", `${BASE}/${item.id}/vote`);
    personal.update((mine) => {
      const voted = new Set(mine.voted);
      if (wanted) voted.add(item.id);
      else voted.delete(item.id);
      return { ...mine, voted };
    });
  });
}

function without(itemId: string) {
  return (room: RoomDocument): RoomDocument => ({
    ...room,
    items: room.items.filter((item) => item.id !== itemId),
  });
}
