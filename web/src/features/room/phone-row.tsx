import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import type { QueueItem } from "@/api/types.ts";
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

/** A row of the queue in one hand: when first, then what, then the one thing to press. */
export const PhoneRow = memo(function PhoneRow(props: RowProps) {
  const { item, number, canMove, handle, onReplace } = props;
  const { t } = useTranslation();
  const actions = useRowActions(item, canMove);
  const isHost = useIsAtLeast("host");
  const [asking, setAsking] = useState(false);
  const start = useStart(item);
  const { track, state } = item;
  const { isMine } = actions;
  const isLocked = state === "locked";
  const isFailed = state === "failed";
  const hasMenu = (isMine || isHost) && !isLocked && !isFailed;
  const name = cx(
    css.phoneRow,
    isMine && css.mine,
    isLocked && css.locked,
    isFailed && css.failed,
    handle.isDragging && css.dragging,
  );
  return (
    <li
      {...handle.row}
      ref={handle.ref}
      className={name}
      onKeyDown={rowKeys(actions, () => setAsking(true))}
    >
      {canMove && <Handle handle={handle} title={track.title} />}
      {isFailed ? (
        <span className={css.at}>
          <IconAlertCircle size={20} stroke={1.75} aria-hidden="true" />
          <span className="vh">{t("row.cannotPlay")}</span>
        </span>
      ) : (
        <span className={css.at} data-soft={start.soft} data-words={start.words}>
          {start.text}
          {!start.words && (
            <small>
              {isLocked ? (
                <>
                  <IconLock size={16} stroke={2} aria-hidden="true" />
                  <span className="vh">{t("row.lockedNumber", { number })}</span>
                </>
              ) : (
                number
              )}
            </small>
          )}
        </span>
      )}
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b>{track.title}</b>
        <Secondary item={item} isMine={isMine} />
      </span>
      <span className={css.phoneActs}>
        {!isFailed && !isMine && <VoteButton item={item} actions={actions} />}
        {hasMenu && (
          <RowMenu
            item={item}
            actions={actions}
            withVote={isMine}
            asking={asking}
            onAsk={setAsking}
          />
        )}
        {isFailed && isMine && <Replace {...{ actions, onReplace }} />}
        {isFailed && isHost && !isMine && (
          <IconButton label={t("row.removeTitle", { title: track.title })} onClick={actions.remove}>
            <IconX size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
        )}
      </span>
    </li>
  );
}, looksTheSame);

function Secondary({ item, isMine }: { item: QueueItem; isMine: boolean }) {
  const { t } = useTranslation();
  const { track, state } = item;
  if (state === "failed") {
    return <WhyFailed item={item} />;
  }
  if (state === "pending" && !item.unsent) return <Checking track={track} short />;
  if (state === "locked") return <span>{t("row.handedOverAlone")}</span>;
  return (
    <span>
      {item.unsent && <Unsent />}
      {track.artist || t("unknownArtist")}
      {" · "}
      {isMine ? <em>{t("youInline")}</em> : item.added_by.display_name}
    </span>
  );
}
