import type { NextSearch } from "./guards.ts";
import type { RoomSearch } from "./room-page.tsx";

type Search = Record<string, unknown>;

interface TokenSearch {
  token?: string;
}

export const tokenSearch = (search: Search): TokenSearch =>
  typeof search["token"] === "string" ? { token: search["token"] } : {};

/** Only a path of our own: a link must not lead people elsewhere after they logged in. */
export const nextSearch = (search: Search): NextSearch =>
  typeof search["next"] === "string" && /^\/[^/\\]/.test(search["next"])
    ? { next: search["next"] }
    : {};

export const roomSearch = (search: Search): RoomSearch => ({
  ...(search["tab"] === "yours" || search["tab"] === "played" ? { tab: search["tab"] } : {}),
  ...(search["add"] ? { add: true } : {}),
});

/** The sheet for a new act is open. */
export const newActSearch = (search: Search): { new?: true } =>
  search["new"] ? { new: true } : {};
