import { answered, client } from "./client.ts";
import { optimistically, personal } from "./room.ts";
import type { Page, PlayedItem, Policy, QueueItem, RoomDocument } from "./types.ts";

const item = (id: string) => ({ params: { path: { item_id: id } } });

export const add = (trackId: string) =>
  answered(client.POST("/api/jukebox/queue", { body: { track_id: trackId } }));

export const remove = (itemId: string) =>
  optimistically(without(itemId), () =>
    answered(client.DELETE("/api/jukebox/queue/{item_id}", item(itemId))),
  );

/** Takes back one's own last removal or move; the service keeps it for a minute. */
export const undo = () => answered(client.POST("/api/jukebox/queue/undo"));

export async function history(cursor?: string): Promise<Page<PlayedItem>> {
  const params = { query: { limit: 50, ...(cursor && { cursor }) } };
  const page = await answered(client.GET("/api/jukebox/queue/history", { params }));
  return page as Page<PlayedItem>;
}

export const setPolicy = (changes: Partial<Policy>) =>
  answered(client.PUT("/api/jukebox/queue/policy", { body: changes }));

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
    answered(client.PUT("/api/jukebox/queue/{item_id}/position", { ...item(itemId), body: spot })),
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

export function vote({ id, votes: before }: QueueItem, wanted: boolean): Promise<unknown> {
  const votes = before + (wanted ? 1 : -1);
  const expected = (room: RoomDocument) => ({
    ...room,
    items: room.items.map((other) =>
      other.id === id && other.voted !== wanted ? { ...other, voted: wanted, votes } : other,
    ),
  });
  return optimistically(expected, async () => {
    const path = "/api/jukebox/queue/{item_id}/vote";
    const tally = await answered(
      wanted ? client.PUT(path, item(id)) : client.DELETE(path, item(id)),
    );
    personal.update((mine) => {
      const voted = new Set(mine.voted);
      if (wanted) voted.add(id);
      else voted.delete(id);
      return { ...mine, voted };
    });
    return tally;
  });
}

function without(itemId: string) {
  return (room: RoomDocument): RoomDocument => ({
    ...room,
    items: room.items.filter((item) => item.id !== itemId),
  });
}
