import { useTranslation } from "react-i18next";
import type { QueueItem } from "@/api/types.ts";
import { IconChevronUp } from "@/components/icons.ts";
import type { RowActions } from "@/components/row-actions.ts";
import { Why } from "@/components/why.tsx";
import css from "./rows.module.css";

export function VoteButton({ item, actions }: { item: QueueItem; actions: RowActions }) {
  const { t } = useTranslation();
  const { voteRefusal } = actions;
  const values = { title: item.track.title, count: item.votes };
  const button = (
    <button
      type="button"
      className={css.vote}
      aria-pressed={voteRefusal === undefined ? item.voted : undefined}
      aria-disabled={voteRefusal !== undefined || undefined}
      aria-label={voteRefusal === undefined ? t("row.voteFor", values) : t("row.votesOver", values)}
      // The second click of a double click means the first one.
      onClick={(event) => voteRefusal === undefined && event.detail < 2 && actions.vote()}
    >
      <IconChevronUp size={16} stroke={2} aria-hidden="true" />
      {item.votes}
    </button>
  );
  return voteRefusal === undefined ? button : <Why text={voteRefusal}>{button}</Why>;
}
