import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { AskForNewFile } from "@/components/ask-for-new-file.tsx";
import { IconButton } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconAlertCircle, IconLock, IconX } from "@/components/icons.ts";
import { useRowActions } from "@/components/row-actions.ts";
import { rowKeys } from "@/components/row-keys.ts";
import { Unsent } from "@/components/unsent.tsx";
import { useStart } from "@/components/use-start.ts";
import { cx } from "@/lib/cx.ts";
import { RowMenu } from "./row-menu.tsx";
import { Checking, Handle, Replace, WhyFailed } from "./row-parts.tsx";
import { looksTheSame, type RowProps } from "./row-props.ts";
import css from "./rows.module.css";
import { VoteButton } from "./vote-button.tsx";

/** A row of the queue beside a wide window's *Now*. */
export const QueueRow = memo(function QueueRow(props: RowProps) {
  const { item, number, canMove, handle } = props;
  const { t } = useTranslation();
  const actions = useRowActions(item, canMove);
  const [asking, setAsking] = useState(false);
  const start = useStart(item);
  const { track, state } = item;
  const { isMine } = actions;
  const isLocked = state === "locked";
  const name = cx(
    css.row,
    isMine && css.mine,
    isLocked && css.locked,
    handle.isDragging && css.dragging,
  );
  if (state === "failed") return <FailedRow {...props} />;
  const secondary = isLocked
    ? [track.artist, t("row.handedOver")].filter(Boolean).join(" · ")
    : track.artist || t("unknownArtist");
  return (
    <li
      {...handle.row}
      ref={handle.ref}
      className={name}
      onKeyDown={rowKeys(actions, () => setAsking(true))}
    >
      <span className={css.num}>
        {isLocked ? (
          <>
            <IconLock size={16} stroke={2} aria-hidden="true" />
            <span className="vh">{t("row.lockedNumber", { number })}</span>
          </>
        ) : (
          <>
            {canMove && <Handle handle={handle} title={track.title} />}
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
}, looksTheSame);

function FailedRow({ item, onReplace, handle }: RowProps) {
  const { t } = useTranslation();
  const actions = useRowActions(item, false);
  const { track } = item;
  return (
    <li
      {...handle.row}
      ref={handle.ref}
      className={cx(css.row, css.failed, actions.isMine && css.mine)}
      onKeyDown={rowKeys(actions, () => {})}
    >
      <span className={css.num}>
        <IconAlertCircle size={20} stroke={1.75} aria-hidden="true" />
        <span className="vh">{t("row.cannotPlay")}</span>
      </span>
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b title={track.title}>{track.title}</b>
        <WhyFailed item={item} />
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
