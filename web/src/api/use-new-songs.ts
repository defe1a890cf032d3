import { useEffect, useRef } from "react";
import { useRoom } from "./hooks.ts";

/** Calls `onNew` when a song has come into the library since: its check has ended. */
export function useNewSongs(onNew: () => void): void {
  const room = useRoom();
  const checked = room?.items.filter((item) => item.state === "pending").length ?? 0;
  const before = useRef(checked);
  useEffect(() => {
    if (checked < before.current) onNew();
    before.current = checked;
  });
}
