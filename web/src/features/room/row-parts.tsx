import { useTranslation } from "react-i18next";
import { whyFailed } from "@/api/causes.ts";
import type { QueueItem, Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { IconGripVertical } from "@/components/icons.ts";
import type { RowActions } from "@/components/row-actions.ts";
import type { RowHandle } from "@/components/sortable.ts";
import css from "./rows.module.css";

/** By this a row is dragged; with the keyboard it is taken by Space. */
export function Handle({ handle, title }: { handle: RowHandle; title: string }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      ref={handle.handleRef}
      className={css.handle}
      aria-label={t("row.drag", { title })}
    >
      <IconGripVertical size={20} stroke={1.75} aria-hidden="true" />
    </button>
  );
}

/** Why a song could not be played. */
export function WhyFailed({ item }: { item: QueueItem }) {
  const { text, lang } = whyFailed(item);
  return (
    <span className={css.why} lang={lang}>
      {text}
    </span>
  );
}

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
