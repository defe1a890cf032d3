import type { components } from "../src/api/schema.d.ts";

type Schemas = components["schemas"];

/** What an admin sees on that evening. */
const names = [
  ["nina", "Nina Kallas", "host"],
  ["maya", "Maya", "listener"],
  ["tom", "Tom", "listener"],
  ["priya", "Priya", "listener"],
  ["sam", "Sam", "listener"],
  ["leila", "Leila", "host"],
  ["ines", "Inês", "listener"],
  ["wen", "Wen", "admin"],
  ["kofi", "Kofi", "listener"],
] as const;

export const accounts: Schemas["UserRow"][] = names.map(
  ([username, display_name, role], index) => ({
    id: 7 + index,
    username,
    display_name,
    role,
    disabled: username === "kofi",
    created_at: "2026-10-02T18:00:00Z",
    last_seen_at: index === 2 ? "2026-11-14T21:40:00Z" : `2026-11-20T22:${30 - index}:00Z`,
    sessions: username === "kofi" ? 0 : 1 + (index % 3),
  }),
);

export const counts: Schemas["UserCounts"] = {
  accounts: 9,
  admins: 1,
  hosts: 2,
  listeners: 6,
  disabled: 1,
  guests: 112,
  gone_guests: 31,
};

const lines: [action: string, by: number, to: number, detail: string][] = [
  ["role changed", 14, 12, "host"],
  ["reset link issued", 14, 9, ""],
  ["logged in", 0, 11, ""],
  ["login failed", 0, 9, ""],
  ["session ended", 14, 15, "ended by an admin"],
  ["disabled", 14, 15, ""],
  ["screen link made", 7, 31, "Back wall"],
  ["registered", 0, 13, "ines"],
  ["guests forgotten", 14, 0, "27"],
  ["password changed", 10, 10, ""],
  ["logged in", 0, 7, ""],
  ["set up", 0, 14, ""],
];
const nameOf = (id: number) => accounts.find((one) => one.id === id)?.display_name ?? "";

export const auditPage: Schemas["Audit"] = {
  items: lines.map(([action, by, to, detail], index) => ({
    id: 412 - index,
    at: new Date(Date.parse("2026-11-20T22:36:12Z") - index * 817_000).toISOString(),
    actor_id: by,
    actor_name: nameOf(by),
    action,
    user_id: to,
    user_name: nameOf(to),
    ip: by === 0 ? "192.168.1.20" : "",
    detail,
  })),
  next_cursor: "401",
  newer_cursor: null,
};

const setting = (
  name: string,
  service: string,
  value: string,
  means: string,
  origin: Schemas["Origin"] = "default",
): Schemas["Setting"] => ({ name, service, value, default: value, means, origin, secret: false });

export const settings: Schemas["Setting"][] = [
  setting("BACKLINE_HOST", "", "0.0.0.0", "The address of the front door.", "environment"),
  setting("BACKLINE_PORT", "", "8000", "The port of the front door."),
  setting(
    "IDENTITY_DATABASE_URL",
    "identity",
    "postgresql+asyncpg://identity@/backline_identity?host=/srv/backline/run/db",
    "postgresql+asyncpg://….",
    "box",
  ),
  setting("IDENTITY_GUESTS", "identity", "on", "Whether people may come in by name alone."),
  setting("JUKEBOX_LEASE_S", "jukebox", "6.0", "A conductor that is not heard of is replaced."),
  setting("PLAYER_BUFFER_MS", "player", "240", "What the sound device holds."),
];

const check = (name: string, counted: number, rest: Partial<Schemas["CheckView"]> = {}) => ({
  name,
  proves: "It is so.",
  mend: "backline logs worker",
  repairable: false,
  state: "well" as const,
  counted,
  wrong: 0,
  evidence: [],
  why: "",
  at: "2026-11-20T22:38:12Z",
  took_ms: 9,
  ...rest,
});

export const checks: Schemas["CheckView"][] = [
  check("identity.admins", 1),
  check("identity.sessions", 118),
  check("identity.audit", 412),
  check("jukebox.playing", 10),
  check("jukebox.order", 10),
  check("jukebox.votes", 26, {
    state: "wrong",
    wrong: 1,
    evidence: ["Kettle Song: 7 shown, 6 counted"],
    repairable: true,
  }),
  check("jukebox.files", 204),
  check("jukebox.readers", 8, { state: "unknown", why: "No answer within 5 s." }),
  check("jukebox.parked", 3120),
];

export const backups: Schemas["Backups"] = {
  items: [
    {
      name: "backline-20261120-040000.tar.gz",
      path: "/srv/backline/backups/backline-20261120-040000.tar.gz",
      at: "2026-11-20T04:00:21Z",
      bytes: 1_340_000_000,
      here: true,
    },
    {
      name: "before-friday.tar.gz",
      path: "/media/stick/before-friday.tar.gz",
      at: "2026-11-13T17:02:00Z",
      bytes: 1_210_000_000,
      here: false,
    },
  ],
  running: false,
  failed: "",
  possible: "",
  command: "backline backup FILE --data /srv/backline",
};

export function accountAt(pathname: string): Schemas["UserRow"] {
  const id = Number(/users\/(\d+)/.exec(pathname)?.[1]);
  const found = accounts.find((one) => one.id === id);
  if (found === undefined) throw new Error(`Nobody is number ${id}.`);
  return found;
}

export const resetLink: Schemas["ResetLink"] = {
  path: "/reset?token=Zk3vQ0mGk1gq0yq0kQ2nZlJm3mXo2k9s",
  token: "Zk3vQ0mGk1gq0yq0kQ2nZlJm3mXo2k9s",
  expires_at: "2026-11-21T22:38:00Z",
};

const parked = (
  id: string,
  at: string,
  rest: Partial<Schemas["DeadLetterView"]>,
): Schemas["DeadLetterView"] => ({
  id: `019aa7f0-6a1c-7c1e-9d0a-3f1f5a0c2b4${id}`,
  group: "jukebox",
  topic: "jukebox.v1",
  key: "room",
  type: "jukebox.v1.SkipRequested",
  message_id: `019aa7ef-1b2c-7d3e-8f4a-5b6c7d8e9f0${id}`,
  happened_at: at,
  parked_at: at,
  reason: "INTERNAL",
  detail: "KeyError: 'anchor'",
  attempts: 8,
  decision: null,
  decided_at: null,
  decided_by: "",
  behind: 0,
  ...rest,
});

export const deadLetters: Schemas["DeadLetterView"][] = [
  parked("1", "2026-11-20T20:02:41Z", { behind: 3 }),
  parked("2", "2026-11-20T22:21:09Z", {
    group: "lineup.jukebox",
    key: "019aa7ef-1b2c-7d3e-8f4a-5b6c7d8e9f00",
    type: "jukebox.v1.TrackPlayed",
    reason: "NAME_TOO_LONG",
    detail: "A name has 1 to 200 characters.",
    attempts: 1,
  }),
  parked("3", "2026-11-20T22:37:50Z", {
    group: "scores",
    topic: "lineup.v1",
    key: "act 12",
    type: "lineup.v1.EventClosed",
    decision: "replay",
    decided_at: "2026-11-20T22:38:12Z",
    decided_by: "Wen",
    behind: 12,
  }),
];

export function deadLetterAt(path: string): Schemas["DeadLetterDetail"] {
  const [first] = deadLetters;
  const letter = deadLetters.find(({ id }) => path.endsWith(id)) ?? first;
  if (letter === undefined) throw new Error("There are letters above.");
  const later = (number: number) =>
    parked(`${number}`, letter.happened_at, { ...letter, id: `later ${number}`, reason: null });
  return {
    ...letter,
    partition: 3,
    offset: 4711,
    headers: {},
    payload: { item_id: "019aa7ef-1b2c-7d3e-8f4a-5b6c7d8e9f00", skipped: true },
    payload_base64: "CiQwMTlhYTdlZi0xYjJjLTdkM2U=",
    waiting: Array.from({ length: Math.min(letter.behind, 5) }, (_, index) => later(index)),
  };
}
