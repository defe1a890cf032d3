import i18next from "i18next";
import { type Saying, wordsForCause } from "@/lib/refusals.ts";
import type { Playback, QueueItem, Track } from "./types.ts";

/** Why a song could not be played, or its file not be used. */
export function whyFailed(item: QueueItem): Saying {
  const { reason, reason_code, reason_metadata } = item;
  return sayingOf(reason, reason_code, reason_metadata) ?? whyUnusable(item.track);
}

/** Why a file of the library cannot be used. */
export function whyUnusable({ error, error_code, error_metadata }: Track): Saying {
  return sayingOf(error, error_code, error_metadata) ?? { text: i18next.t("row.cannotPlay") };
}

/** Why nothing can be heard; null when all is as it should be. */
export function whySilent({ message, message_code, message_metadata }: Playback): Saying | null {
  return sayingOf(message, message_code, message_metadata);
}

type Metadata = Record<string, string>;

/** The service's own sentence where the page's language has none. Kept rooms may be older. */
function sayingOf(sentence: string | null, code?: string | null, metadata?: Metadata) {
  if (sentence === null) return null;
  const text = code ? wordsForCause(code, metadata ?? {}) : null;
  if (text !== null) return { text };
  return i18next.language === "en" ? { text: sentence } : { text: sentence, lang: "en" as const };
}
