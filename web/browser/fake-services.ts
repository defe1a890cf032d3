import type { BrowserContext, Route } from "playwright-core";
import type { RoomDocument, Track, User } from "../src/api/types.ts";
import { evening, NOW, peaks, tracks } from "./evening.ts";

interface Setting {
  user: User | null;
  room?: RoomDocument;
  voted?: string[];
}

/** The services of one evening, answered inside the browser: for looking at screens only. */
export async function fakeServices(context: BrowserContext, setting: Setting): Promise<void> {
  const { user, room = evening, voted = ["i-t2"] } = setting;
  const json = (route: Route, body: unknown, status = 200) =>
    route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
  const found = Object.values(tracks);
  const answers: Record<string, (url: URL) => [body: unknown, status?: number]> = {
    "POST /auth/refresh": () =>
      user === null
        ? [{ detail: "Nobody is logged in here." }, 401]
        : [{ access_token: "t", expires_in: 600, user }],
    "POST /auth/ws-ticket": () => [{ ticket: "x".repeat(43), expires_in: 30 }],
    "GET /auth/sessions": () => [{ items: sessions, next_cursor: null }],
    "GET /auth/options": () => [
      {
        setup_needed: false,
        registration: true,
        guests: true,
        public_url: "https://valve-room.example",
        network_url: null,
      },
    ],
    "GET /screens": () => [{ items: screens, next_cursor: null }],
    "POST /screens": () => [{ id: 33, name: "Back wall", key: "x".repeat(43), path: "" }, 201],
    "GET /room": () => [{ ...room.room, present: 118 }],
    "GET /playback": () => [room.playback],
    "GET /tracks": (url) => [search(found, url.searchParams)],
    "POST /queue": () => [played, 409],
    "GET /queue/history": () => [{ items: history, next_cursor: null }],
  };
  await context.route("**/api/**", (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname.replace(/^\/api\/(identity|jukebox)/, "");
    if (path.endsWith("/waveform")) return json(route, { duration_s: 252, peaks });
    const answer = answers[`${route.request().method()} ${path}`];
    return json(route, ...(answer?.(url) ?? ([{ detail: "Not in this picture." }, 404] as const)));
  });
  await context.routeWebSocket("**/api/jukebox/ws**", (socket) => {
    const send = (frame: unknown) => socket.send(JSON.stringify(frame));
    const server_time = new Date(NOW).toISOString();
    send({ type: "hello", protocol: 1, server_time, revision: room.revision });
    send({ type: "snapshot", revision: room.revision, queue: room });
    send({ type: "mine", voted, skip_voted: false });
    send({ type: "presence", present: 118 });
    socket.onMessage((data) => {
      const frame = JSON.parse(String(data)) as { type: string; t: number };
      if (frame.type === "ping") send({ type: "pong", t: frame.t, server_time });
    });
  });
}

const played = {
  detail: "Played at 22:07 tonight. It can be added again in 29 minutes.",
  reason: "PLAYED_RECENTLY",
  metadata: { retry_at: "2026-11-20T23:07:00Z" },
};

const sessions = [
  {
    id: "s1",
    current: true,
    last_seen_at: "2026-11-20T22:38:00Z",
    user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156",
    ip: null,
  },
  {
    id: "s2",
    current: false,
    last_seen_at: "2026-11-19T21:12:00Z",
    user_agent: "Mozilla/5.0 (iPhone) Safari",
    ip: "192.168.1.20",
  },
];

const screens = [
  ["Projector, back wall", "2026-11-20T22:31:00Z", null],
  ["Television at the bar", null, null],
  ["Stream", "2026-11-14T23:02:00Z", "2026-11-15T00:10:00Z"],
].map(([name, last_seen_at, revoked_at], index) => ({
  id: 31 - index,
  name,
  made_by: "Nina",
  made_at: `2026-11-${14 + index}T19:40:00Z`,
  last_seen_at,
  revoked_at,
}));

const history = [tracks.tuesday, tracks.burnt, tracks.peel].map((track, index) => ({
  id: `h${index}`,
  track,
  added_by: { id: 8 + index, display_name: ["Maya", "Tom", "Priya"][index] },
  state: index === 1 ? "skipped" : "played",
  votes: 2,
  voted: false,
  starts_at: null,
  starts_at_exact: true,
  reason: null,
  started_at: `2026-11-20T22:3${3 - index}:00Z`,
  ended_at: `2026-11-20T22:3${6 - index}:00Z`,
  heard_s: 180,
}));

function search(found: Track[], params: URLSearchParams) {
  const query = params.get("query")?.toLowerCase() ?? "";
  const items = found.filter(({ title }) => title.toLowerCase().includes(query));
  return { items: params.has("sha256") ? [] : items, next_cursor: null };
}
