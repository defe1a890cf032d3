import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import type { BrowserContext, WebSocketRoute } from "playwright-core";
import type { Act, OwnScore } from "../src/api/acts.ts";
import type { paths } from "../src/api/schema.d.ts";
import type { RoomDocument, Track, User } from "../src/api/types.ts";
import { evening, NOW, peaks, tracks } from "./evening.ts";
import * as admin from "./fake-admin.ts";
import * as lineup from "./fake-lineup.ts";
import { type Alarm, changes, health, outputs } from "./host-facts.ts";

export interface Setting {
  user: User | null;
  room?: RoomDocument | undefined;
  voted?: string[];
  alarms?: Alarm[] | undefined;
  acts?: Act[] | undefined;
  scores?: OwnScore[] | undefined;
}

/** What an endpoint answers when all is well, by its own description. */
type Answer<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: infer R;
}
  ? R[Extract<keyof R, 200 | 201 | 202>] extends { content: { "application/json": infer B } }
    ? B
    : undefined
  : never;

type Scene = { [K in keyof Setting]-?: Exclude<Setting[K], undefined> };

interface Fake {
  method: string;
  path: RegExp;
  answer: (setting: Setting, url: URL) => [body: unknown, status: number];
}

/** One endpoint, with an answer of the type that its description promises. */
function fake<P extends keyof paths, M extends "get" | "post">(
  method: M,
  path: P,
  answer: (scene: Scene, url: URL) => Answer<P, M>,
): Fake {
  return {
    method,
    path: pattern(path),
    answer: (setting, url) => [answer(full(setting), url), 200],
  };
}

/** One endpoint that refuses, as a problem document. */
function refusing(
  method: "get" | "post",
  path: keyof paths,
  status: number,
  problem: { domain: string; reason: string; detail: string; metadata?: Record<string, string> },
): Fake {
  return { method, path: pattern(path), answer: () => [problem, status] };
}

const pattern = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
const full = (setting: Setting): Scene => ({
  voted: ["i-t2"],
  ...setting,
  alarms: setting.alarms ?? [],
  room: setting.room ?? evening,
  acts: setting.acts ?? lineup.acts,
  scores: setting.scores ?? lineup.scores,
});

const nobody = { domain: "identity", reason: "SESSION_ENDED", detail: "Nobody is logged in." };
const unknown = { domain: "front", reason: "NO_SUCH_ADDRESS", detail: "Not in this picture." };

const noDemo = {
  state: "absent" as const,
  step: "done" as const,
  fraction: 0,
  error: null,
  songs: 0,
  checking: 0,
  played: 0,
};

/** Every endpoint that a screen asks; what is not here is answered with 404. */
const FAKES: Fake[] = [
  {
    method: "post",
    path: pattern("/api/identity/auth/refresh"),
    answer: ({ user }) =>
      user === null ? [nobody, 401] : [{ access_token: "t", expires_in: 600, user }, 200],
  },
  fake("post", "/api/identity/auth/ws-ticket", () => ({ ticket: "x".repeat(43), expires_in: 30 })),
  fake("get", "/api/identity/auth/sessions", () => ({ items: sessions, next_cursor: null })),
  fake("get", "/api/identity/auth/options", () => ({
    setup_needed: false,
    registration: true,
    guests: true,
    public_url: "https://valve-room.example",
    network_url: null,
  })),
  fake("get", "/api/jukebox/first-steps", () => ({
    named: true,
    songs: 0,
    waiting: 0,
    heard: false,
    demo: noDemo,
  })),
  fake("get", "/api/identity/screens", () => ({ items: screens, next_cursor: null })),
  fake("post", "/api/identity/screens", () => ({
    id: 33,
    name: "Back wall",
    key: "x".repeat(43),
    path: "",
  })),
  fake("post", "/api/identity/screens/token", () => ({
    access_token: "t",
    token_type: "bearer" as const,
    expires_in: 600,
    id: 31,
    name: "Bar",
  })),
  fake("get", "/api/jukebox/room", ({ room }) => ({ ...room.room, present: 118 })),
  fake("get", "/api/jukebox/playback", ({ room }) => room.playback),
  fake("get", "/api/jukebox/tracks", (_, url) => search(url.searchParams)),
  fake("get", "/api/jukebox/tracks/{track_id}/waveform", () => ({ duration_s: 252, peaks })),
  fake("get", "/api/jukebox/queue/history", () => ({ items: history, next_cursor: null })),
  fake("get", "/api/health", ({ alarms }) => health(alarms)),
  fake("get", "/api/jukebox/playback/outputs", () => outputs),
  fake("get", "/api/jukebox/queue/changes", () => changes),
  fake("get", "/api/jukebox/uploads/limits", () => uploadLimits),
  fake("get", "/api/identity/users", (_, url) => ({
    items: url.searchParams.get("guests") === "true" ? [] : admin.accounts,
    next_cursor: null,
  })),
  fake("get", "/api/identity/users/counts", () => admin.counts),
  fake("get", "/api/identity/users/{user_id}", (_, url) => admin.accountAt(url.pathname)),
  fake("get", "/api/identity/users/{user_id}/sessions", () => ({
    items: sessions,
    next_cursor: null,
  })),
  fake("post", "/api/identity/users/{user_id}/reset-link", () => admin.resetLink),
  fake("get", "/api/identity/audit", () => admin.auditPage),
  fake("get", "/api/settings", () => ({ items: admin.settings })),
  fake("get", "/api/integrity", () => ({ items: admin.checks })),
  fake("get", "/api/backups", () => admin.backups),
  fake("get", "/api/dead-letters", () => ({ items: admin.deadLetters, next_cursor: null })),
  fake("get", "/api/dead-letters/{letter_id}", (_, url) => admin.deadLetterAt(url.pathname)),
  fake("get", "/api/lineup/options", () => lineup.options),
  refusing("post", "/api/jukebox/queue", 409, {
    domain: "jukebox",
    reason: "PLAYED_RECENTLY",
    detail: "“Orange Peel Moon” was played 31 minutes ago.",
    metadata: {
      title: "Orange Peel Moon",
      heard_at: "2026-11-20T22:07:00Z",
      retry_at: "2026-11-20T23:07:00Z",
    },
  }),
];

interface Asked {
  method: string;
  path: string;
  body: unknown;
}

export interface FakeServices {
  /** What was to be changed, in the order it was asked for. */
  asked: readonly Asked[];
  /** From now on, everything is answered as this person finds it. */
  become: (setting: Setting) => void;
  /** Sends the room's next revision. */
  patch: (changes: unknown[]) => void;
  /** One frame to everybody who listens. */
  send: (frame: unknown) => void;
}

/** Requests say by this whose evening they belong to: one site serves many browsers at a time. */
const EVENING = "x-evening";
const evenings = new Map<string, { setting: Setting; asked: Asked[] }>();

/** Answers what a page of `fakeServices` asks; a route of Playwright's would switch off its cache. */
export async function answerFake(
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  const evening = evenings.get(String(request.headers[EVENING]));
  const method = request.method?.toLowerCase() ?? "";
  if (method !== "get") {
    const body = await json(request).catch(() => null);
    evening?.asked.push({ method, path: url.pathname, body });
  }
  const found = FAKES.find((one) => one.method === method && one.path.test(url.pathname));
  const [body, status] = (evening && found?.answer(evening.setting, url)) ?? [unknown, 404];
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** The services of one evening, answered by the site itself: for looking at screens only. */
export async function fakeServices(context: BrowserContext, first: Setting): Promise<FakeServices> {
  const id = randomUUID();
  const here = { setting: first, asked: [] as Asked[] };
  evenings.set(id, here);
  context.once("close", () => evenings.delete(id));
  await context.setExtraHTTPHeaders({ [EVENING]: id });
  const sockets = new Set<WebSocketRoute>();
  let { revision } = full(first).room;
  await context.routeWebSocket("**/api/jukebox/ws**", (socket) => {
    sockets.add(socket);
    socket.onClose(() => sockets.delete(socket));
    const { room, voted } = full(here.setting);
    greet(socket, room.revision, [
      { type: "snapshot", revision: room.revision, queue: room },
      { type: "mine", voted, skip_voted: false },
      { type: "presence", present: 118 },
    ]);
  });
  await context.routeWebSocket("**/api/scores/ws**", (socket) => {
    const { acts, scores } = full(here.setting);
    greet(socket, 1, [
      { type: "snapshot", revision: 1, lineup: { acts } },
      { type: "mine", scores },
    ]);
  });
  return {
    asked: here.asked,
    become(next) {
      here.setting = next;
    },
    patch(changes) {
      revision += 1;
      const frame = JSON.stringify({ type: "patch", revision, changes });
      for (const socket of sockets) socket.send(frame);
    },
    send(frame) {
      for (const socket of sockets) socket.send(JSON.stringify(frame));
    },
  };
}

/** What a socket is told when it is opened; from then on it is answered that it lives. */
function greet(socket: WebSocketRoute, revision: number, frames: unknown[]): void {
  const send = (frame: unknown) => socket.send(JSON.stringify(frame));
  const server_time = new Date(NOW).toISOString();
  for (const frame of [{ type: "hello", protocol: 1, server_time, revision }, ...frames]) {
    send(frame);
  }
  socket.onMessage((data) => {
    const frame = JSON.parse(String(data)) as { type: string; t: number };
    if (frame.type === "ping") send({ type: "pong", t: frame.t, server_time });
  });
}

const uploadLimits = {
  allowed: true,
  least_role: "listener",
  max_file_bytes: 209_715_200,
  quota_bytes: 2_147_483_648,
  refusal: null,
  used_bytes: 73_400_320,
};

const sessions = [
  {
    id: "s1",
    current: true,
    created_at: "2026-11-20T19:02:00Z",
    last_seen_at: "2026-11-20T22:38:00Z",
    expires_at: "2026-12-20T22:38:00Z",
    device: "Chrome on Linux",
    user_agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/156",
    ip: "192.168.1.8",
  },
  {
    id: "s2",
    current: false,
    created_at: "2026-11-12T18:40:00Z",
    last_seen_at: "2026-11-19T21:12:00Z",
    expires_at: "2026-12-19T21:12:00Z",
    device: "Safari on iPhone",
    user_agent: "Mozilla/5.0 (iPhone) Safari",
    ip: "192.168.1.20",
  },
];

const screens = [
  ["Projector, back wall", "2026-11-20T22:31:00Z", null] as const,
  ["Television at the bar", null, null] as const,
  ["Stream", "2026-11-14T23:02:00Z", "2026-11-15T00:10:00Z"] as const,
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
  added_by: { id: 8 + index, display_name: ["Maya", "Tom", "Priya"][index] ?? "" },
  state: index === 1 ? "skipped" : "played",
  votes: 2,
  voted: false,
  starts_at: null,
  starts_at_exact: true,
  reason: null,
  reason_code: null,
  reason_metadata: {},
  started_at: `2026-11-20T22:3${3 - index}:00Z`,
  ended_at: `2026-11-20T22:3${6 - index}:00Z`,
  heard_s: 180,
}));

function search(params: URLSearchParams) {
  const query = params.get("query")?.toLowerCase() ?? "";
  const items = Object.values<Track>(tracks)
    .filter(({ title }) => title.toLowerCase().includes(query))
    .map((track) => ({
      ...track,
      content_type: "audio/mpeg",
      loudness_lufs: -11.2,
      size: 8_400_000,
      uploaded_at: "2026-11-19T18:05:00Z",
    }));
  const own = params.get("mine") === "true" ? 2 : items.length;
  return { items: params.has("sha256") ? [] : items.slice(0, own), next_cursor: null };
}
