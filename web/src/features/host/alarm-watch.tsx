import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useRoom } from "@/api/hooks.ts";
import { onTick } from "@/lib/ticker.ts";
import { look } from "./alarm-store.ts";
import { alarmsOf } from "./alarms.ts";
import { useHealth } from "./use-health.ts";

/** Keeps the alarms up to date on every screen of a host, for the badge in the rail. */
export function AlarmWatch() {
  const { pathname } = useLocation();
  const room = useRoom();
  const { data } = useHealth({ here: pathname.startsWith("/host") });
  useEffect(() => look(alarmsOf(room, data)), [room, data]);
  useEffect(() => onTick(() => look()), []);
  useEffect(() => () => look([]), []);
  return null;
}
