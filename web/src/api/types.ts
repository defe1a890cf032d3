/** What the services say, as the room document and the REST doors carry it. */

export type Role = "guest" | "listener" | "host" | "admin";

export interface Person {
  id: number;
  display_name: string;
}

export interface User extends Person {
  username: string | null;
  role: Role;
}

export interface Session {
  id: string;
  current: boolean;
  device: string;
  user_agent: string;
  ip: string | null;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}

export interface Track {
  id: string;
  title: string;
  artist: string | null;
  album: string | null;
  duration_s: number | null;
  status: "analysing" | "ready" | "failed";
  progress: number | null;
  error: string | null;
  sha256: string;
  has_cover: boolean;
  uploaded_by: Person;
}

export type ItemState =
  | "pending"
  | "queued"
  | "locked"
  | "playing"
  | "played"
  | "skipped"
  | "failed"
  | "removed";

export interface QueueItem {
  id: string;
  track: Track;
  added_by: Person;
  state: ItemState;
  votes: number;
  voted: boolean;
  starts_at: string | null;
  starts_at_exact: boolean;
  reason: string | null;
}

export type PolicyKind = "fifo" | "fair_turns" | "fair_seconds" | "votes";

export interface Policy {
  kind: PolicyKind;
  /** Whether people may add songs; hosts always may. */
  open: boolean;
  max_waiting: number | null;
  max_items: number;
  max_track_s: number | null;
  cooldown_s: number;
  duplicates: boolean;
  artist_limit: number | null;
  skip_share: number;
  catch_up: number;
  vote_credit: number;
  memory_s: number;
}

export interface Playback {
  state: "idle" | "playing" | "paused";
  item_id: string | null;
  item: QueueItem | null;
  position_s: number;
  as_of: string;
  rate: number;
  volume: number;
  muted: boolean;
  output: { driver: string; device: string; audible: boolean };
  skip: { votes: number; needed: number };
  message: string | null;
}

export interface RoomDocument {
  revision: number;
  room: { name: string; tagline: string };
  policy: Policy;
  items: QueueItem[];
  playback: Playback;
}

export interface RoomFacts {
  name: string;
  tagline: string;
  present: number;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
