import type { Act, OwnScore } from "@/api/acts.ts";
import type { Playback, QueueItem, RoomDocument, Track } from "@/api/types.ts";

export function aTrack(details: Partial<Track> = {}): Track {
  return {
    id: "t1",
    title: "Night Bus",
    artist: "Ann",
    album: "",
    duration_s: 200,
    status: "ready",
    progress: 1,
    error: null,
    error_code: null,
    error_metadata: {},
    sha256: "0".repeat(64),
    has_cover: false,
    uploaded_by: { id: 7, display_name: "Ann" },
    ...details,
  };
}

export function anItem(id: string, details: Partial<QueueItem> = {}): QueueItem {
  return {
    id,
    track: aTrack({ id: `track-${id}`, title: `Song ${id}` }),
    added_by: { id: 7, display_name: "Ann" },
    state: "queued",
    votes: 0,
    voted: false,
    starts_at: null,
    starts_at_exact: true,
    reason: null,
    reason_code: null,
    reason_metadata: {},
    ...details,
  };
}

export function aPlayback(details: Partial<Playback> = {}): Playback {
  return {
    state: "idle",
    item_id: null,
    item: null,
    position_s: 0,
    as_of: null,
    rate: 1,
    volume: 0.5,
    muted: false,
    output: { driver: "emulated", device: "Emulated output", audible: true },
    skip: { votes: 0, needed: 1 },
    message: null,
    message_code: null,
    message_metadata: {},
    ...details,
  };
}

export function aRoom(items: QueueItem[], details: Partial<RoomDocument> = {}): RoomDocument {
  return {
    revision: 1,
    room: { name: "The Valve Room", tagline: "" },
    policy: {
      kind: "fair_turns",
      open: true,
      max_waiting: 3,
      max_items: 500,
      max_track_s: 900,
      cooldown_s: 3600,
      duplicates: false,
      artist_limit: null,
      skip_share: 0.5,
      catch_up: 1,
      vote_credit: 0.1,
      memory_s: 43_200,
    },
    items,
    heard: 0,
    playback: aPlayback(),
    ...details,
  };
}

export function anAct(details: Partial<Act> = {}): Act {
  return {
    id: 3,
    title: "The Tin Roofs",
    description: "Kettle folk from Leith",
    kind: "act",
    created_at: "2026-11-20T22:36:00Z",
    opens_at: "2026-11-20T22:36:00Z",
    deadline: "2026-11-20T22:41:00Z",
    status: "HIGH_SCORE",
    score_count: 87,
    score_mean: 4.2,
    histogram: [2, 4, 12, 28, 41],
    ...details,
  };
}

export function anOwnScore(details: Partial<OwnScore> = {}): OwnScore {
  return {
    id: 90,
    event_id: 3,
    score: 4,
    status: "confirmed",
    reason: null,
    confirmed_score: null,
    mutable: true,
    version: 1,
    ...details,
  };
}
