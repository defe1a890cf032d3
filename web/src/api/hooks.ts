import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useStore } from "@/lib/store.ts";
import { away } from "./connection.ts";
import { live, personal, room } from "./room.ts";
import { session } from "./session.ts";
import * as tracks from "./tracks.ts";
import type { Playback, Role, RoomDocument, Track, User } from "./types.ts";

export const useRoom = (): RoomDocument | null => useStore(room);
/** Read by every row: a word of its own, so that a row is drawn anew only when the word changes. */
export const usePlaybackState = (): Playback["state"] =>
  useSyncExternalStore(room.subscribe, () => room.get()?.playback.state ?? "idle");
export const usePersonal = () => useStore(personal);
export const useConnection = () => useStore(live.state).connection;
/** Lost for long enough that people should know; see `away`. */
export const useIsAway = () => useStore(away);
/** How many are in the room; nobody knows while the connection is lost. */
export function usePresent(): number | null {
  const isAway = useIsAway();
  const { present } = usePersonal();
  return isAway ? null : present;
}
/** The moment of the server's clock that the page tells of while it is not live. */
export const useAsOf = () => useStore(live.state).asOf;
export const useSession = () => useStore(session);

export function useUser(): User | null {
  const state = useSession();
  return state.status === "in" ? state.user : null;
}

const RANK: Record<Role, number> = { guest: 0, listener: 1, host: 2, admin: 3 };

export function useIsAtLeast(role: Role): boolean {
  const user = useUser();
  return user !== null && RANK[user.role] >= RANK[role];
}

/** The peaks of a track, 0 to 1; undefined until they are known. */
export function useWaveform(track: Track | undefined): number[] | undefined {
  return useQuery({
    queryKey: ["waveform", track?.id],
    queryFn: ({ signal }) => tracks.waveform(track?.id ?? "", signal),
    enabled: track?.status === "ready",
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  }).data;
}
