/** What the services tell hosts on that evening. */

const person = (id: number, display_name: string) => ({ id, display_name });
const nina = person(7, "Nina Kallas");

interface Told {
  by: ReturnType<typeof person> | null;
  title?: string;
  owner?: string;
  details?: Record<string, unknown>;
  undoable?: boolean;
  undone?: boolean;
}

function change(id: number, time: string, what: string, told: Told) {
  const owner = told.owner ?? told.by?.display_name ?? "";
  return {
    id,
    at: `2026-11-20T${time}:20Z`,
    what,
    by: told.by,
    song:
      told.title === undefined
        ? null
        : { item_id: `i${id}`, title: told.title, artist: "", added_by: person(90 + id, owner) },
    details: told.details ?? {},
    undone: told.undone ?? false,
    undoable: told.undoable ?? false,
  };
}

export const changes = {
  items: [
    change(20, "22:37", "moved", {
      by: nina,
      title: "Northbound, Late",
      details: { from: 4, to: 3 },
      undoable: true,
    }),
    change(19, "22:36", "voted", {
      by: null,
      title: "Kettle Song",
      owner: "Priya",
      details: { votes: 5 },
    }),
    change(18, "22:35", "added", { by: person(11, "Sam"), title: "Salt on the Window" }),
    change(17, "22:33", "removed", {
      by: nina,
      title: "Forty Minute Drone",
      owner: "Leo",
      undoable: true,
    }),
    change(16, "22:31", "refused", {
      by: person(21, "Jonas"),
      title: "Wet Tuesday",
      details: { reason: "PLAYED_RECENTLY" },
    }),
    change(15, "22:30", "volume", { by: nina, details: { volume: 0.64, muted: false } }),
    change(14, "22:28", "skipped", {
      by: null,
      title: "Burnt Orange",
      owner: "Tom",
      details: { by_votes: true },
    }),
    change(13, "22:24", "moved", {
      by: nina,
      title: "Warm Static",
      details: { from: 3, to: 9 },
      undone: true,
    }),
    change(12, "22:20", "rule", {
      by: nina,
      details: { before: { kind: "fifo" }, after: { kind: "fair_turns" } },
    }),
    change(11, "22:18", "added", { by: person(14, "Wen"), title: "Garden on the Roof" }),
  ],
  next_cursor: null,
};

const device = (id: string, name: string, chosen: boolean, audible = true) => ({
  id,
  name,
  backend: "ALSA",
  default: chosen,
  chosen,
  audible,
  reason: audible ? null : "Nobody hears it.",
});

export const outputs = {
  driver: "miniaudio",
  audible: true,
  silent_because: null,
  reason: null,
  crossfade_s: 4,
  longest_crossfade_s: 12,
  devices: [
    device("alsa:hw:1", "Room speakers", true),
    device("alsa:hw:0", "Headphones", false),
    device("null", "No sound", false, false),
  ],
};

const part = (
  name: string,
  word: string,
  figures: Record<string, number | string | null>,
  condition: "well" | "mind" | "bad" = "well",
) => ({ name, condition, word, figures });

export interface Alarm {
  code: string;
  metadata?: Record<string, number | string | null>;
}

/** The box as it is measured; `alarms` with what they need. */
export function health(alarms: Alarm[] = []) {
  const told = new Set(alarms.map(({ code }) => code));
  return {
    at: "2026-11-20T22:38:40Z",
    parts: [
      told.has("player_unreachable")
        ? part("player", "away", {}, "bad")
        : part("player", "in_time", { ms: 2.1, underruns: 0, lately: 0 }),
      part("queue", "in_charge", { waiting: 8, contact_age_s: 1.2 }),
      part("database", "answers", { ms: 3.2 }),
      part("worker", "on_time", { waiting: 1, failed: 1, relay_s: 0 }),
      part("messages", "none_parked", { messages: 0, keys: 0 }),
      part("phones", "open", { open: 118 }),
      told.has("disk_low")
        ? part("disk", "nearly_full", { free_share: 0.03, free_bytes: 1_900_000_000 }, "bad")
        : part("disk", "free", { free_share: 0.61, free_bytes: 61_000_000_000 }),
      told.has("backup_due")
        ? part("backup", "old", { at: "2026-11-09T18:00:00Z" }, "mind")
        : part("backup", "made", { at: "2026-11-20T18:00:00Z" }),
      part("processes", "running", { running: 4, restarts: 0 }),
    ],
    alarms: alarms.map(({ code, metadata = {} }) => ({
      code,
      since: "2026-11-20T22:36:00Z",
      metadata,
    })),
  };
}
