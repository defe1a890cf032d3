import { socketTicket } from "@/api/account.ts";
import { Problem, problemOf, Unreachable } from "@/api/problem.ts";
import { refresh, watchAccessToken } from "@/api/session.ts";
import { LiveRefused } from "@/lib/live/options.ts";

/** How a wall gets into the room. */
export interface Access {
  /** A ticket for one socket. Rejects with `LiveRefused` when there is no way in any more. */
  ticket: () => Promise<string>;
  close: () => void;
}

type Renewed = (accessToken: string) => void;

const BASE = "/api/identity";
const RENEW_BEFORE_MS = 60_000;
const RENEW_AGAIN_MS = 15_000;
const LINK_ENDED = "SCREEN_LINK_ENDED";
const NO_TOKEN = 401;

/** By the key of a link for screens: exchanged for short tokens, again and again. */
export function byKey(key: string, renewed: Renewed): Access {
  let token: string | null = null;
  let renewal: ReturnType<typeof setTimeout> | undefined;

  async function enter(): Promise<string> {
    try {
      const granted = (await post("/screens/token", { key })) as {
        access_token: string;
        expires_in: number;
      };
      token = granted.access_token;
      renewIn(Math.max(RENEW_AGAIN_MS, granted.expires_in * 1_000 - RENEW_BEFORE_MS));
      return token;
    } catch (error) {
      token = null;
      if (error instanceof Problem && error.reason === LINK_ENDED) throw new LiveRefused();
      throw error;
    }
  }

  function renewIn(ms: number): void {
    clearTimeout(renewal);
    renewal = setTimeout(() => {
      // Where it fails the socket will end with its token, and the next ticket finds out why.
      enter().then(renewed, (error: unknown) => {
        if (!(error instanceof LiveRefused)) renewIn(RENEW_AGAIN_MS);
      });
    }, ms);
  }

  return {
    async ticket() {
      try {
        return await ticketWith(token ?? (await enter()));
      } catch (error) {
        if (!(error instanceof Problem && error.status === NO_TOKEN)) throw error;
        return ticketWith(await enter());
      }
    },
    close: () => clearTimeout(renewal),
  };
}

/** As whoever is logged in in this browser. */
export function bySession(renewed: Renewed): Access {
  return {
    async ticket() {
      try {
        return await socketTicket();
      } catch (error) {
        if (!(error instanceof Problem && error.status === NO_TOKEN)) throw error;
        // After hours without network the token is old, and the session may well stand.
        if (await refresh()) return socketTicket();
        throw new LiveRefused();
      }
    },
    close: watchAccessToken(renewed),
  };
}

async function ticketWith(token: string): Promise<string> {
  return ((await post("/auth/ws-ticket", undefined, token)) as { ticket: string }).ticket;
}

async function post(path: string, body?: unknown, token?: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method: "POST",
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return response.json();
}
