import { exclusively } from "@/lib/lock.ts";
import { Store } from "@/lib/store.ts";
import { Problem, problemOf, Unreachable } from "./problem.ts";
import type { Tokens, User } from "./types.ts";

/** Who uses this page. The access token lives here, in memory, and nowhere else. */
export type SessionState =
  | { status: "starting" }
  | { status: "out" }
  | { status: "in"; user: User };

const RENEW_BEFORE_MS = 60_000;
const BASE = "/api/identity/auth";

let accessToken: string | null = null;
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

function accept(tokens: Tokens): void {
  accessToken = tokens.access_token;
  session.set({ status: "in", user: tokens.user });
  clearTimeout(renewal);
  const after = Math.max(1_000, tokens.expires_in * 1_000 - RENEW_BEFORE_MS);
  renewal = setTimeout(() => void refresh(), after);
  for (const listener of onRenewed) listener(tokens.access_token);
}

function forget(): void {
  accessToken = null;
  clearTimeout(renewal);
  session.set({ status: "out" });
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
      return false;
    }
    throw await problemOf(response);
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Called once when the page opens. Without an answer the page shows what it can, logged out. */
export async function start(): Promise<void> {
  try {
    await refresh();
  } catch {
    session.set({ status: "out" });
  }
}

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
