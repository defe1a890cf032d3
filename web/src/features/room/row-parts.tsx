import { useTranslation } from "react-i18next";
import type { QueueItem, Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { clockTime } from "@/lib/format.ts";
import { toast } from "@/lib/toasts.ts";
import type { RowActions } from "./actions.ts";
import css from "./rows.module.css";

export function Checking({ track, short = false }: { track: Track; short?: boolean }) {
  const { t } = useTranslation();
  const percent = Math.round((track.progress ?? 0) * 100);
  return (
    <span className={css.checking}>
      {short ? t("row.checkingShort") : t("row.checking")}
      <span
        className={css.progress}
        role="progressbar"
        aria-label={t("row.checkingTitle", { title: track.title })}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ transform: `scaleX(${percent / 100})` }} />
      </span>
      {t("percent", { percent })}
    </span>
  );
}

/** When it starts, as people say it, and how sure that is. */
export function useStart(item: QueueItem): { text: string; soft: boolean; words: boolean } {
  const { t, i18n } = useTranslation();
  if (item.starts_at === null && item.unsent) return { text: "", soft: true, words: true };
  if (item.starts_at === null) return { text: t("row.whenReady"), soft: false, words: true };
  const time = clockTime(item.starts_at, i18n.language);
  const exact = item.starts_at_exact;
  return { text: exact ? time : t("row.about", { time }), soft: !exact, words: false };
}

/** A failed song of somebody else: a sentence to send them; browsers cannot send it for us. */
export function AskForNewFile({ item }: { item: QueueItem }) {
  const { t } = useTranslation();
  const name = item.added_by.display_name;
  const ask = async () => {
    const words = t("row.askWords", { title: item.track.title, reason: item.reason ?? "" });
    try {
      await navigator.clipboard.writeText(words);
      toast({ text: t("row.askCopied", { name }), tone: "plain" });
    } catch {
      toast({ text: words, tone: "plain" }, 20_000);
    }
  };
  return (
    <Button look="outline" size="small" onClick={() => void ask()}>
      {t("row.ask", { name })}
    </Button>
  );
}

interface ReplaceProps {
  actions: RowActions;
  onReplace: () => void;
}

/** One's own failed song: it makes room, and another file of it can be chosen. */
export function Replace({ actions, onReplace }: ReplaceProps) {
  const { t } = useTranslation();
  const replace = () => {
    actions.dismiss();
    onReplace();
  };
  return (
    <Button look="outline" size="small" onClick={replace}>
      {t("row.replace")}
    </Button>
  );
}
