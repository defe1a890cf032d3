import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { movable } from "@/api/queue.ts";
import type { QueueItem } from "@/api/types.ts";
import { useMove } from "@/components/row-actions.ts";
import { SortableList } from "@/components/sortable-list.tsx";
import { PhoneRow } from "./phone-row.tsx";
import { QueueRow } from "./queue-row.tsx";
import css from "./rows.module.css";

interface Props {
  /** The whole queue, for the numbers and for where a row may go. */
  items: readonly QueueItem[];
  /** The rows to show, in the order of play. */
  shown: readonly QueueItem[];
  label: string;
  phone: boolean;
  onReplace: () => void;
}

const ROW_PX = 56;
const PHONE_ROW_PX = 64;

export function QueueList({ items, shown, label, phone, onReplace }: Props) {
  const { t } = useTranslation();
  const userId = useUser()?.id;
  const isHost = useIsAtLeast("host");
  const numbers = useMemo(() => numbersOf(items), [items]);
  const moveItem = useMove();
  const free = useMemo(() => {
    const group = movable(items, { userId, isHost });
    return new Set(group.length < 2 ? [] : group.map(({ id }) => id));
  }, [items, userId, isHost]);
  const Row = phone ? PhoneRow : QueueRow;
  return (
    <>
      {!phone && (
        <div className={css.head} aria-hidden="true">
          <span className={css.num}>#</span>
          <span />
          <span>{t("column.song")}</span>
          <span>{t("column.by")}</span>
          <span className={css.votes}>{t("column.votes")}</span>
          <span className={css.at}>{t("column.starts")}</span>
          <span />
        </div>
      )}
      <SortableList
        items={shown}
        label={label}
        rowHeight={phone ? PHONE_ROW_PX : ROW_PX}
        isFixed={(item) => !free.has(item.id)}
        nameOf={(item) => item.track.title}
        onMove={(item, to) => {
          const above = shown.filter((other) => other.id !== item.id).slice(0, to);
          void moveItem(item, above.filter(({ id }) => free.has(id)).length);
        }}
        render={(item, handle) => (
          <Row
            item={item}
            number={numbers.get(item.id) ?? 0}
            canMove={free.has(item.id)}
            handle={handle}
            onReplace={onReplace}
          />
        )}
      />
    </>
  );
}

/** Numbers from 1 in the order of play; what cannot be played has none. */
export function numbersOf(items: readonly QueueItem[]): Map<string, number> {
  const playable = items.filter((item) => item.state !== "failed");
  return new Map(playable.map((item, index) => [item.id, index + 1]));
}
