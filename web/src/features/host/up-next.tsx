import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/hooks.ts";
import { upcoming } from "@/api/room.ts";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { IconArrowDown, IconArrowUp, IconLock, IconScale, IconX } from "@/components/icons.ts";
import { useRowActions } from "@/components/row-actions.ts";
import { rowKeys } from "@/components/row-keys.ts";
import { useStart } from "@/components/use-start.ts";
import { cx } from "@/lib/cx.ts";
import { MARK } from "@/lib/toasts.ts";
import { AddLink } from "./add-link.tsx";
import css from "./host.module.css";
import { RulesSheet } from "./rules-sheet.tsx";

const SHOWN = 5;

/** The next five, where a host puts them in another order or takes one out. */
export function UpNext({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const items = upcoming(room).filter(({ state }) => state !== "failed");
  const minutes = Math.round(
    items.reduce((sum, { track }) => sum + (track.duration_s ?? 0), 0) / 60,
  );
  return (
    <section aria-labelledby="next">
      <div className={css.head}>
        <h2 id="next">{t("room.next")}</h2>
        <span className="t-2 grow one">
          {items.length > 0 &&
            `${t("host.songs", { count: items.length })}, ${t("host.minutes", { count: minutes })}`}
        </span>
        <RuleChip room={room} />
      </div>
      {items.length === 0 ? (
        <div className={css.empty}>
          <p className="t-2">{t("room.empty")}</p>
          <AddLink />
        </div>
      ) : (
        <ol>
          {items.slice(0, SHOWN).map((item) => (
            <Row key={item.id} item={item} items={items} />
          ))}
        </ol>
      )}
    </section>
  );
}

function RuleChip({ room: { policy } }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const limit = policy.max_waiting === null ? "" : t("host.each", { count: policy.max_waiting });
  const words = policy.open
    ? [t(`rule.${policy.kind}.name`), limit].filter(Boolean).join(", ")
    : t("rule.closed");
  return (
    <>
      <button
        type="button"
        className={css.chip}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <IconScale size={16} stroke={2} aria-hidden="true" />
        <span className="one">{words}</span>
      </button>
      {open && <RulesSheet policy={policy} onClose={() => setOpen(false)} />}
    </>
  );
}

function Row({ item, items }: { item: QueueItem; items: readonly QueueItem[] }) {
  const { t } = useTranslation();
  const user = useUser();
  const free = items.filter((other) => other.state === "queued");
  const actions = useRowActions(item, free.length > 1 && free.includes(item));
  const start = useStart(item);
  const { track, state, votes } = item;
  const { moveRefusal, moveTo } = actions;
  const { at: place, of } = actions.place();
  const by = item.added_by.id === user?.id ? t("you") : item.added_by.display_name;
  const rest =
    state === "pending"
      ? t("host.checking", { percent: Math.round((track.progress ?? 0) * 100) })
      : votes > 0
        ? t("host.votes", { count: votes })
        : "";
  const isLocked = state === "locked";
  const upRefusal = moveRefusal ?? (place === 0 ? t("host.isFirst") : undefined);
  const downRefusal = moveRefusal ?? (place === of - 1 ? t("host.isLast") : undefined);
  return (
    <li
      className={cx(css.row, isLocked && css.locked)}
      onKeyDown={rowKeys(actions, () => undefined)}
    >
      {start.words ? (
        <span className={css.soon}>{start.text}</span>
      ) : (
        <span className={`${css.at} fig`}>{start.text}</span>
      )}
      <Cover track={track} side={40} className={css.cover} />
      <span className={css.song}>
        <b className="one" title={track.title}>
          {track.title}
        </b>
        <span className="t-2 one">
          <By name={by} isMine={by === t("you")} rest={rest} />
        </span>
      </span>
      {isLocked ? (
        <span className={css.held}>
          <IconLock size={16} stroke={2} aria-hidden="true" />
          {t("host.heldNext")}
        </span>
      ) : (
        <span className={css.acts}>
          <IconButton
            label={t("host.up", { title: track.title })}
            refusal={upRefusal}
            onClick={() => moveTo(place - 1)}
          >
            <IconArrowUp size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton
            label={t("host.down", { title: track.title })}
            refusal={downRefusal}
            onClick={() => moveTo(place + 1)}
          >
            <IconArrowDown size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton
            label={t("row.removeTitle", { title: track.title })}
            refusal={actions.removeRefusal}
            onClick={actions.remove}
          >
            <IconX size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
        </span>
      )}
    </li>
  );
}

function By({ name, isMine, rest }: { name: string; isMine: boolean; rest: string }) {
  const { t } = useTranslation();
  if (rest === "") return <span className={isMine ? "amber" : undefined}>{name}</span>;
  const text = t("host.byAnd", { name: MARK, rest });
  return (
    <span className={isMine ? css.mine : css.theirs}>
      <Emphasis text={text} strong={name} />
    </span>
  );
}
