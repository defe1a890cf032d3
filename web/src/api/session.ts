import { exclusively } from "@/lib/lock.ts";
import { Store } from "@/lib/store.ts";
import { openChannel } from "@/lib/tab-channel.ts";
import { Problem, problemOf, Unreachable } from "./problem.ts";
import type { Tokens, User } from "./types.ts";

/** Who uses this page. The access token lives here, in memory, and nowhere else. */
export type SessionState =
  | { status: "starting" }
  | { status: "out" }
  | { status: "in"; user: User };

const RENEW_BEFORE_MS = 60_000;
const RENEW_AGAIN_MS = 10_000;
/** A page without network opens with whom it knew; a slow one waits a little for the answer. */
const ANSWER_WITHIN_MS = 3_000;
const BASE = "/api/identity/auth";

let accessToken: string | null = null;
/** Somebody is in by what was kept; the cookie has not been asked yet. */
let isUnproven = false;
let renewal: ReturnType<typeof setTimeout> | undefined;
let refreshing: Promise<boolean> | null = null;
const onRenewed = new Set<(token: string) => void>();

export const session = new Store<SessionState>({ status: "starting" });

export function watchAccessToken(listener: (token: string) => void): () => void {
  onRenewed.add(listener);
  return () => onRenewed.delete(listener);
}

export function bearer(): string | null {
  return accessToken;
}

/** The tabs of a browser share one cookie, and with it one session. */
type Told =
  | { status: "out" }
  | { status: "in"; userId: number; role: string }
  /** The cookie was refused here: see for yourselves. */
  | { status: "refused" };
const tabs = openChannel<Told>("backline.session", (told) => void follow(told));

/** What happened in another tab happens here, at once. */
async function follow(told: Told): Promise<void> {
  const state = session.get();
  if (told.status === "out") {
    if (state.status === "in") forget();
    return;
  }
  if (told.status === "refused") {
    if (state.status === "in") await refresh().catch(() => false);
    return;
  }
  const isSame = state.status === "in" && state.user.id === told.userId;
  if (isSame && state.user.role === told.role) return;
  if (!isSame) {
    // Nothing of one person may be shown to, or sent by, another.
    accessToken = null;
    session.set({ status: "starting" });
  }
  await refresh().catch(() => session.update((now) => (now.status === "in" ? now : OUT)));
}

const OUT: SessionState = { status: "out" };

function accept(tokens: Tokens): void {
  const before = session.get();
  const { user } = tokens;
  accessToken = tokens.access_token;
  isUnproven = false;
  // The same person stays the same object, so that nothing is drawn anew every ten minutes.
  if (before.status !== "in" || JSON.stringify(before.user) !== JSON.stringify(user)) {
    session.set({ status: "in", user });
    tabs.post({ status: "in", userId: user.id, role: user.role });
  }
  renewIn(Math.max(1_000, tokens.expires_in * 1_000 - RENEW_BEFORE_MS));
  for (const listener of onRenewed) listener(tokens.access_token);
}

function renewIn(ms: number): void {
  clearTimeout(renewal);
  renewal = setTimeout(() => refresh().catch(() => renewIn(RENEW_AGAIN_MS)), ms);
}

function forget(): void {
  accessToken = null;
  isUnproven = false;
  clearTimeout(renewal);
  session.set(OUT);
}

async function post(path: string, body?: unknown, token?: string | null): Promise<Response> {
  try {
    return await fetch(BASE + path, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        "X-Requested-With": "backline",
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Unreachable();
  }
}

async function enter(path: string, body: unknown): Promise<void> {
  const response = await post(path, body);
  if (!response.ok) throw await problemOf(response);
  accept((await response.json()) as Tokens);
}

/**
 * A new access token by the refresh cookie; false if there is no session any more.
 *
 * Tabs take turns: a rotated cookie sent twice looks like theft to the server.
 *
 * @throws Unreachable, Problem: nothing was learnt about the session.
 */
export function refresh(): Promise<boolean> {
  refreshing ??= exclusively("refresh", async () => {
    const response = await post("/refresh");
    if (response.ok) {
      accept((await response.json()) as Tokens);
      return true;
    }
    if (response.status === 401 || response.status === 403) {
      forget();
      tabs.post({ status: "refused" });
      return false;
    }
    throw await problemOf(response);
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/**
 * Called once when the page opens. Without an answer it goes on as whom it knew last.
 *
 * @param known Who was in on this browser, if that was kept.
 */
export async function start(known: () => Promise<User | null> = async () => null): Promise<void> {
  const answer = refresh();
  try {
    const inTime = await Promise.race([answer.then(() => true), pause(ANSWER_WITHIN_MS)]);
    if (inTime) return;
  } catch {
    // No answer says nothing about the session.
  }
  const user = await known();
  if (session.get().status === "starting") {
    isUnproven = user !== null;
    session.set(user === null ? OUT : { status: "in", user });
  }
  answer.catch(() => {});
}

const pause = (ms: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), ms));

export const logIn = (username: string, password: string) =>
  enter("/login", { username, password });

export const joinAsGuest = (displayName: string) => enter("/guest", { display_name: displayName });

export async function register(
  username: string,
  password: string,
  displayName: string,
): Promise<void> {
  const response = await post("/register", {
    username,
    password,
    ...(displayName === "" ? {} : { display_name: displayName }),
  });
  if (!response.ok) throw await problemOf(response);
  await logIn(username, password);
}

/** The first admin, by the one-time link that `backline up` prints. */
export async function setUp(
  token: string,
  username: string,
  password: string,
  displayName: string,
): Promise<void> {
  const response = await post("/setup", {
    token,
    username,
    password,
    ...(displayName === "" ? {} : { display_name: displayName }),
  });
  if (!response.ok) throw await problemOf(response);
  await logIn(username, password);
}

export async function resetPassword(token: string, password: string): Promise<void> {
  const response = await post("/reset", { token, password });
  if (!response.ok) throw await problemOf(response);
}

export async function logOut(): Promise<void> {
  try {
    await post("/logout", undefined, accessToken);
  } finally {
    forget();
    tabs.post({ status: "out" });
  }
}

export function updateUser(user: User): void {
  session.update((state) => (state.status === "in" ? { status: "in", user } : state));
}

/**
 * `fetch` with the caller's token; renews it once when the server says that it is over.
 *
 * @throws Unreachable if no answer came.
 */
export async function authorizedFetch(request: Request): Promise<Response> {
  // The page opened without network: whose session it is, the cookie has to say yet.
  if (isUnproven) await refresh();
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 401 || accessToken === null) return response;
  if (!(await refresh().catch(() => false))) return response;
  return send(again);
}

async function send(request: Request): Promise<Response> {
  if (accessToken !== null) request.headers.set("Authorization", `Bearer ${accessToken}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Unreachable();
  }
}

export { Problem };
