import { answered, client } from "./client.ts";
import { delivered, perform, withdraw } from "./outbox.ts";
import { isUnsent, keyOf } from "./safe-actions.ts";
import type { Page, PlayedItem, Policy, QueueItem, Track } from "./types.ts";

export const add = (trackId: string) =>
  answered(client.POST("/api/jukebox/queue", { body: { track_id: trackId } }));

/** Adds a song of the library; without connection it waits on this page. */
export const addKnown = (track: Track) => perform({ kind: "add", track, title: track.title });

export const remove = async (item: QueueItem): Promise<unknown> =>
  isUnsent(item)
    ? withdraw(({ key }) => key === keyOf(item.id))
    : perform({ kind: "remove", itemId: item.id, title: item.track.title });

/** Takes back one's own last removal or move; the service keeps it for a minute. */
export async function undo(): Promise<unknown> {
  await delivered();
  const isKept = await withdraw(({ action }) => action.kind === "remove" || action.kind === "move");
  return isKept || answered(client.POST("/api/jukebox/queue/undo"));
}

export async function history(cursor?: string, mine = false): Promise<Page<PlayedItem>> {
  const params = { query: { limit: mine ? 10 : 50, mine, ...(cursor && { cursor }) } };
  const page = await answered(client.GET("/api/jukebox/queue/history", { params }));
  return page as Page<PlayedItem>;
}

export const setPolicy = (changes: Partial<Policy>) =>
  answered(client.PUT("/api/jukebox/queue/policy", { body: changes }));

interface Who {
  userId: number | undefined;
  isHost: boolean;
}

/**
 * The items that can trade places with one another: all that are queued for hosts, one's own for
 * others. What is locked, checked or failed stays where it is.
 */
export function movable(items: readonly QueueItem[], { userId, isHost }: Who): QueueItem[] {
  return items.filter(
    (item) => item.state === "queued" && !isUnsent(item) && (isHost || item.added_by.id === userId),
  );
}

/** Those of them that `itemId` can trade places with; none if it is not among them. */
export function companions(items: readonly QueueItem[], itemId: string, who: Who): QueueItem[] {
  const group = movable(items, who);
  return group.some((item) => item.id === itemId) ? group : [];
}

/** Puts an item at place `to` among its companions, counted from 0. */
export async function move(
  group: readonly QueueItem[],
  itemId: string,
  to: number,
): Promise<"done" | "kept" | undefined> {
  const from = group.findIndex((item) => item.id === itemId);
  const target = group[Math.max(0, Math.min(to, group.length - 1))];
  if (from === -1 || target === undefined || target.id === itemId) return undefined;
  const spot = to > from ? { after: target.id } : { before: target.id };
  const order = seats(group, itemId, to);
  return perform({ kind: "move", itemId, order, spot, title: group[from]?.track.title ?? "" });
}

/** The ids of the companions in their new order. */
export function seats(group: readonly QueueItem[], itemId: string, to: number): string[] {
  const order = group.map(({ id }) => id).filter((id) => id !== itemId);
  order.splice(to, 0, itemId);
  return order;
}

export const vote = ({ id, votes, track }: QueueItem, wanted: boolean) =>
  perform({
    kind: "vote",
    itemId: id,
    wanted,
    votes: votes + (wanted ? 1 : -1),
    title: track.title,
  });
