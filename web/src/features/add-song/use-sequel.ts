import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { whyFailed } from "@/api/causes.ts";
import { useRoom } from "@/api/hooks.ts";
import type { RoomDocument } from "@/api/types.ts";
import { clockTime } from "@/lib/format.ts";
import type { Saying } from "@/lib/refusals.ts";
import type { OwnFile } from "./own-file.ts";

/** What has become of a song since it was put into the queue; null until the room shows it. */
export type Sequel =
  | { name: "checking"; percent: number }
  | { name: "failed"; why: Saying }
  | { name: "waits"; time: string }
  | { name: "plays" }
  | { name: "over" }
  | null;

export function useSequel({ stage }: OwnFile): Sequel {
  const { i18n } = useTranslation();
  const room = useRoom();
  const wasSeen = useRef(false);
  if (stage.name !== "queued" || room === null) return null;
  const found = inRoom(room, stage.track.id, i18n.language);
  if (found !== undefined) {
    wasSeen.current = true;
    return found;
  }
  return wasSeen.current ? { name: "over" } : null;
}

function inRoom(room: RoomDocument, trackId: string, language: string): Sequel | undefined {
  if (room.playback.item?.track.id === trackId) return { name: "plays" };
  const item = room.items.find(({ track }) => track.id === trackId);
  if (item === undefined) return undefined;
  if (item.state === "failed") return { name: "failed", why: whyFailed(item) };
  if (item.state === "pending") {
    return { name: "checking", percent: Math.round(item.track.progress * 100) };
  }
  return item.starts_at === null
    ? null
    : { name: "waits", time: clockTime(item.starts_at, language) };
}
