import type { components } from "./schema.d.ts";

/** Short names for what the services say, with their words where the description has `string`. */
type Schemas = components["schemas"];

export type Role = "guest" | "listener" | "host" | "admin";
export type Person = Schemas["PersonView"];
export type User = Omit<Schemas["User"], "role"> & { role: Role };
export type Tokens = Omit<Schemas["Tokens"], "user"> & { user: User };
export type Session = Schemas["Session"];

export type Track = Omit<Schemas["TrackView"], "status"> & {
  status: "analysing" | "ready" | "failed";
};

export type ItemState =
  | "pending"
  | "queued"
  | "locked"
  | "playing"
  | "played"
  | "skipped"
  | "failed"
  | "removed";

export type QueueItem = Omit<Schemas["ItemView"], "state" | "track"> & {
  state: ItemState;
  track: Track;
  /** Something about it was done without connection: it will be sent. Never from the server. */
  unsent?: true;
};

export type PlayedItem = QueueItem &
  Pick<Schemas["HistoryItemView"], "started_at" | "ended_at" | "heard_s">;

export type PolicyKind = Schemas["PolicyKind"];
export type Policy = Omit<Schemas["PolicyView"], "kind"> & { kind: PolicyKind };

export type Playback = Omit<Schemas["PlaybackView"], "state" | "item"> & {
  state: "idle" | "playing" | "paused";
  item: QueueItem | null;
};

export type RoomDocument = Omit<Schemas["QueueView"], "policy" | "items" | "playback"> & {
  policy: Policy;
  items: QueueItem[];
  playback: Playback;
};

export type RoomFacts = Schemas["RoomView"];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
