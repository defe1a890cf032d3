import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueItem } from "@/api/types.ts";
import { AskForNewFile } from "@/components/ask-for-new-file.tsx";
import { IconButton } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconAlertCircle, IconGripVertical, IconLock, IconX } from "@/components/icons.ts";
import { useRowActions } from "@/components/row-actions.ts";
import { rowKeys } from "@/components/row-keys.ts";
import type { SortableHandle } from "@/components/sortable.ts";
import { Unsent } from "@/components/unsent.tsx";
import { useStart } from "@/components/use-start.ts";
import { cx } from "@/lib/cx.ts";
import { RowMenu } from "./row-menu.tsx";
import { Checking, Replace } from "./row-parts.tsx";
import css from "./rows.module.css";
import { VoteButton } from "./vote-button.tsx";

interface Props {
  item: QueueItem;
  items: readonly QueueItem[];
  /** Its number, counted from 1 without the failed ones. */
  number: number;
  handle: SortableHandle;
  onReplace: () => void;
}

/** A row of the queue beside a wide window's *Now*. */
export function QueueRow({ item, items, number, handle, onReplace }: Props) {
  const { t } = useTranslation();
  const actions = useRowActions(items, item);
  const [asking, setAsking] = useState(false);
  const start = useStart(item);
  const { track, state } = item;
  const { isMine, moveRefusal } = actions;
  const isLocked = state === "locked";
  const name = cx(
    css.row,
    isMine && css.mine,
    isLocked && css.locked,
    handle.isDragging && css.dragging,
  );
  if (state === "failed") return <FailedRow {...{ item, items, onReplace, handle }} />;
  const secondary = isLocked
    ? [track.artist, t("row.handedOver")].filter(Boolean).join(" · ")
    : track.artist || t("unknownArtist");
  return (
    <li ref={handle.ref} className={name} onKeyDown={rowKeys(actions, () => setAsking(true))}>
      <span className={css.num}>
        {isLocked ? (
          <>
            <IconLock size={16} stroke={2} aria-hidden="true" />
            <span className="vh">{t("row.lockedNumber", { number })}</span>
          </>
        ) : (
          <>
            {moveRefusal === undefined && (
              <button
                type="button"
                ref={handle.handleRef}
                className={css.handle}
                aria-label={t("row.drag", { title: track.title })}
              >
                <IconGripVertical size={20} stroke={1.75} aria-hidden="true" />
              </button>
            )}
            <span>{number}</span>
          </>
        )}
      </span>
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b title={track.title}>{track.title}</b>
        {state === "pending" && !item.unsent ? (
          <Checking track={track} />
        ) : (
          <span>
            {item.unsent && <Unsent />}
            {secondary}
          </span>
        )}
      </span>
      <span className={css.by}>{isMine ? t("you") : item.added_by.display_name}</span>
      <VoteButton item={item} actions={actions} />
      <span className={css.at} data-soft={start.soft} data-words={start.words}>
        {start.text}
      </span>
      <RowMenu item={item} actions={actions} asking={asking} onAsk={setAsking} />
    </li>
  );
}

function FailedRow({ item, items, onReplace, handle }: Omit<Props, "number">) {
  const { t } = useTranslation();
  const actions = useRowActions(items, item);
  const { track } = item;
  return (
    <li ref={handle.ref} className={cx(css.row, css.failed, actions.isMine && css.mine)}>
      <span className={css.num}>
        <IconAlertCircle size={20} stroke={1.75} aria-hidden="true" />
        <span className="vh">{t("row.cannotPlay")}</span>
      </span>
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b title={track.title}>{track.title}</b>
        <span className={css.why}>{item.reason ?? track.error ?? t("row.cannotPlay")}</span>
      </span>
      <span className={css.acts}>
        <span className={cx(css.by, "grow")}>
          {actions.isMine ? t("you") : item.added_by.display_name}
        </span>
        {actions.isMine ? <Replace {...{ actions, onReplace }} /> : <AskForNewFile item={item} />}
        <IconButton
          label={t("row.removeTitle", { title: track.title })}
          refusal={actions.removeRefusal}
          className={css.menu}
          onClick={actions.remove}
        >
          <IconX size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </span>
    </li>
  );
}
