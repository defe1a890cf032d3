import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { anAct, aRoom } from "@/testing/builders.ts";
import { FakeEnvironment, settle } from "@/testing/fake-environment.ts";
import { WallFeed } from "./wall-feed.ts";

const HELLO = { type: "hello", protocol: "backline.v1", server_time: "1970-01-01T00:16:40Z" };
const SNAPSHOT = { type: "snapshot", revision: 1, queue: aRoom([]) };

/** What identity answers; `link` is what it thinks of the key. */
let link: "works" | "revoked" | "away" = "works";
let tokens = 0;
let looked = 0;
const shown: string[] = [];

async function identity(url: string, request: RequestInit): Promise<Response> {
  if (link === "away") throw new TypeError("Failed to fetch");
  if (url === "/index.html") {
    looked += 1;
    return new Response("", { status: 404 });
  }
  const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
  if (url.endsWith("/screens/token")) {
    expect(JSON.parse(String(request.body))).toEqual({ key: "the key" });
    if (link === "revoked") return json({ reason: "SCREEN_LINK_ENDED", detail: "Revoked." }, 403);
    tokens += 1;
    return json({ access_token: `token ${tokens}`, expires_in: 600 });
  }
  const bearer = new Headers(request.headers).get("Authorization") ?? "";
  shown.push(bearer);
  const isFresh = link === "works" && bearer === `Bearer token ${tokens}`;
  return isFresh ? json({ ticket: "t" }) : json({ reason: "INVALID_TOKEN", detail: "" }, 401);
}

let environment: FakeEnvironment;
let feed: WallFeed;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", identity);
  link = "works";
  tokens = 0;
  looked = 0;
  shown.length = 0;
  environment = new FakeEnvironment();
  feed = new WallFeed("the key", { environment });
  feed.start();
  await connected();
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function connected(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await settle();
  environment.last.receive(HELLO);
  environment.last.receive(SNAPSHOT);
}

const phase = () => feed.state.get().phase;

test("a key becomes a token, a token a ticket, and the room is there", () => {
  expect(shown).toEqual(["Bearer token 1"]);
  expect(environment.last.protocols).toEqual(["backline.v1", "bl.ticket.t"]);
  expect(feed.state.get()).toMatchObject({
    phase: "live",
    room: { room: { name: "The Valve Room" } },
  });
});

test("a short interruption is not worth a word; after three seconds it is", async () => {
  link = "away";
  environment.last.drop();
  expect(phase()).toBe("live");

  await vi.advanceTimersByTimeAsync(2_900);
  expect(phase()).toBe("live");
  await vi.advanceTimersByTimeAsync(200);

  expect(phase()).toBe("away");
  // What is shown was so when the connection was lost, and the time says so.
  expect(feed.state.get().asOf).toBe(1_000_000);
});

test("after hours without network it comes back by itself, with a token of today", async () => {
  link = "away";
  environment.last.drop();
  await vi.advanceTimersByTimeAsync(3_100);
  for (let hour = 0; hour < 5; hour += 1) await environment.pass(3_600_000);
  expect(phase()).toBe("away");

  link = "works";
  tokens = 7; // what it holds ended long ago
  await environment.pass(15_000);
  await connected();

  expect(phase()).toBe("live");
  expect(shown.at(-1)).toBe("Bearer token 8");
  // The box may have been upgraded meanwhile.
  expect(looked).toBe(1);
});

test("revoked, it is dark and asks no more", async () => {
  link = "revoked";
  await environment.pass(600);
  environment.last.drop(4401);
  await environment.pass(0);
  for (let turn = 0; turn < 5; turn += 1) await settle();
  expect(phase()).toBe("dark");
  const asked = shown.length;

  await environment.pass(3_600_000);
  await vi.advanceTimersByTimeAsync(3_600_000);

  expect(phase()).toBe("dark");
  expect(shown.length).toBe(asked);
});

test("the open socket is handed a fresh token before the old one ends", async () => {
  await vi.advanceTimersByTimeAsync(541_000);

  expect(environment.last.sent).toContainEqual({ type: "auth.renew", access_token: "token 2" });
  expect(environment.sockets.length).toBe(1);
});

test("a wall with scores has a socket for them, and says when only those are lost", async () => {
  feed.stop();
  feed = new WallFeed("the key", { scores: true, environment });
  const before = environment.sockets.length;
  feed.start();
  for (let turn = 0; turn < 8; turn += 1) await settle();
  const opened = environment.sockets.slice(before);
  const of = (service: string) => opened.find(({ url }) => url.includes(`/api/${service}/ws`));
  of("jukebox")?.receive(HELLO);
  of("jukebox")?.receive(SNAPSHOT);
  of("scores")?.receive(HELLO);
  of("scores")?.receive({ type: "snapshot", revision: 1, lineup: { acts: [anAct()] } });
  expect(feed.state.get()).toMatchObject({ phase: "live", lineup: { acts: [{ id: 3 }] } });

  link = "away";
  of("scores")?.drop();
  await vi.advanceTimersByTimeAsync(3_100);

  expect(feed.state.get()).toMatchObject({ phase: "away", asOf: 1_000_000 });
  expect(feed.state.get().lineup?.acts).toHaveLength(1);
});
