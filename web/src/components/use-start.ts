import { useTranslation } from "react-i18next";
import { usePlaybackState } from "@/api/hooks.ts";
import type { QueueItem } from "@/api/types.ts";
import { clockTime } from "@/lib/format.ts";

/** When it starts, as people say it, and how sure that is. */
export function useStart(item: QueueItem): { text: string; soft: boolean; words: boolean } {
  const { t, i18n } = useTranslation();
  const noTime = useNoTime();
  if (item.starts_at === null && item.unsent) return { text: "", soft: true, words: true };
  if (item.starts_at === null) return { text: noTime(item), soft: false, words: true };
  const time = clockTime(item.starts_at, i18n.language);
  const exact = item.starts_at_exact;
  return { text: exact ? time : t("row.about", { time }), soft: !exact, words: false };
}

/** What stands where a song has no time yet: what it waits for. */
export function useNoTime(): (item: QueueItem) => string {
  const { t } = useTranslation();
  const state = usePlaybackState();
  return ({ state: itemState }) => {
    if (itemState === "pending" || state === "playing") return t("row.whenReady");
    return state === "paused" ? t("row.afterPause") : t("row.afterStart");
  };
}
