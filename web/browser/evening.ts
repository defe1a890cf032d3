import type { ItemState, QueueItem, RoomDocument, Track, User } from "../src/api/types.ts";
import { coverArt } from "../src/components/cover-art.ts";

/** An evening in the Valve Room at 22:38: content for pictures and for looking at every state. */
export const NOW = Date.parse("2026-11-20T22:38:40Z");

const STARTED = NOW - 85_000;

const people = {
  nina: { id: 7, display_name: "Nina Kallas" },
  maya: { id: 8, display_name: "Maya" },
  tom: { id: 9, display_name: "Tom" },
  priya: { id: 10, display_name: "Priya" },
  sam: { id: 11, display_name: "Sam" },
  leila: { id: 12, display_name: "Leila" },
  ines: { id: 13, display_name: "Inês" },
  wen: { id: 14, display_name: "Wen" },
};

type Name = keyof typeof people;

/** A hash whose cover has these tones and this figure. */
function hashFor(ground: string, motif: string): string {
  for (let n = 0; ; n += 1) {
    const seed = `${n}`.padStart(64, "0");
    const art = coverArt(seed);
    if (art.ground === ground && art.path.startsWith(motif)) return seed;
  }
}

function aTrack(id: string, title: string, artist: string, art: [string, string]): Track {
  return {
    id,
    title,
    artist,
    album: "",
    duration_s: 215,
    status: "ready",
    progress: 1,
    error: null,
    error_code: null,
    error_metadata: {},
    sha256: hashFor(...art),
    has_cover: false,
    uploaded_by: people.sam,
  };
}

const SUN: [string, string] = ["#3d2d69", "M8 24"];

export const tracks = {
  slowNeon: { ...aTrack("t0", "Slow Neon", "Harbour Lights", SUN), duration_s: 252 },
  lanterns: aTrack("t1", "Paper Lanterns", "Ada Vento", ["#571f38", "M13 26"]),
  kettle: aTrack("t2", "Kettle Song", "The Tin Roofs", ["#14474b", "M20 6"]),
  northbound: aTrack("t3", "Northbound, Late", "Juno Park", ["#153f5b", "M0 40 40"]),
  orange: {
    ...aTrack("t4", "Everything in Orange", "Mirrorball Club", ["#5a2c28", "M0 0h26"]),
    duration_s: 204,
  },
  moons: aTrack("t5", "Second-hand Moons", "Pilot Lamp", ["#2c3945", "M-10.7"]),
  salt: aTrack("t6", "Salt on the Window", "Ebb", ["#2c3945", "M0 22"]),
  rain: aTrack("t7", "Half a Mile of Rain", "Otto & the Drift", ["#2c3a73", "M0 9"]),
  copper: aTrack(
    "t8",
    "The Long Way Home with Copper Wire in Both Pockets (Live at the Depot)",
    "Low Ceiling",
    ["#4a402f", "M6 40"],
  ),
  garden: aTrack("t9", "Garden on the Roof", "Vela Marsh", ["#2f4a2e", "M0 40V"]),
  warm: aTrack("t10", "Warm Static", "Night Bus 9", ["#4b2749", "M6.2"]),
  peel: {
    ...aTrack("t11", "Orange Peel Moon", "Dana Holloway", ["#571f38", "M6.5"]),
    duration_s: 242,
  },
  burnt: {
    ...aTrack("t12", "Burnt Orange", "The Tin Roofs", ["#4a402f", "M0 40 40"]),
    duration_s: 168,
  },
  tuesday: aTrack("t13", "Wet Tuesday", "Marrow", ["#2f4a2e", "M0 0h26"]),
};

interface Details {
  state?: ItemState;
  votes?: number;
  voted?: boolean;
  at?: string;
  exact?: boolean;
  cause?: Pick<QueueItem, "reason" | "reason_code" | "reason_metadata">;
  track?: Partial<Track>;
}

function anItem(key: keyof typeof tracks, by: Name, details: Details = {}): QueueItem {
  const track = { ...tracks[key], ...details.track };
  return {
    id: `i-${track.id}`,
    track,
    added_by: people[by],
    state: details.state ?? "queued",
    votes: details.votes ?? 0,
    voted: details.voted ?? false,
    starts_at: details.at === undefined ? null : `2026-11-20T${details.at}:20Z`,
    starts_at_exact: details.exact ?? true,
    ...(details.cause ?? { reason: null, reason_code: null, reason_metadata: {} }),
  };
}

const checking = { status: "analysing", progress: 0.62, duration_s: null } as const;
const CUT_SHORT = {
  reason: "The file stops after 0:07 of 3:52. Upload a complete copy of it.",
  reason_code: "CUT_SHORT",
  reason_metadata: { stops_s: "7", length_s: "232" },
} as const;

/** Ten rows, one in each state a row can have. */
const rows: QueueItem[] = [
  anItem("lanterns", "tom", { state: "locked", votes: 4, at: "22:41" }),
  anItem("kettle", "priya", { votes: 7, voted: true, at: "22:45" }),
  anItem("northbound", "nina", { votes: 3, at: "22:48" }),
  anItem("orange", "sam", { votes: 5, at: "22:52" }),
  anItem("moons", "sam", { state: "failed", cause: CUT_SHORT }),
  anItem("salt", "sam", { state: "pending", votes: 1, track: checking }),
  anItem("rain", "leila", { votes: 2, at: "22:56", exact: false }),
  anItem("copper", "ines", { votes: 1, at: "23:01", exact: false }),
  anItem("garden", "wen", { at: "23:05", exact: false }),
  anItem("warm", "nina", { at: "23:08", exact: false }),
];

export const evening: RoomDocument = {
  revision: 412,
  room: { name: "The Valve Room", tagline: "Open stage, Friday" },
  policy: {
    kind: "fair_turns",
    open: true,
    max_waiting: 3,
    max_items: 500,
    max_track_s: 900,
    cooldown_s: 3600,
    duplicates: false,
    artist_limit: null,
    skip_share: 0.1,
    catch_up: 1,
    vote_credit: 0.1,
    memory_s: 43_200,
  },
  items: rows,
  heard: 31,
  playback: {
    state: "playing",
    item_id: "i-t0",
    item: anItem("slowNeon", "maya", { state: "playing" }),
    position_s: 0,
    as_of: new Date(STARTED).toISOString(),
    rate: 1,
    volume: 0.64,
    muted: false,
    output: { driver: "miniaudio", device: "Room speakers", audible: true },
    skip: { votes: 3, needed: 12 },
    message: null,
    message_code: null,
    message_metadata: {},
  },
};

export const users: Record<"admin" | "host" | "sam" | "guest", User> = {
  admin: { ...people.wen, username: "wen", role: "admin" },
  host: { ...people.nina, username: "nina", role: "host" },
  sam: { ...people.sam, username: "sam", role: "listener" },
  guest: { id: 99, display_name: "Kofi", username: null, role: "guest" },
};

/** 1,000 peaks that look like a song: verses, a louder chorus, a quiet end. */
export const peaks: number[] = Array.from({ length: 1000 }, (_, n) => {
  const loud = n > 380 && n < 620 ? 0.95 : n > 800 ? 0.8 : 0.62;
  const bar = Math.floor(n / 12);
  const wobble = 0.55 + 0.45 * Math.abs(Math.sin(bar * 12.9898) * Math.cos(bar * 4.1));
  const edge = Math.min(1, (n + 20) / 60, (1010 - n) / 60);
  return Math.max(0.06, loud * wobble * edge);
});
