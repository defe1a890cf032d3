import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { companions, move } from "@/api/queue.ts";
import type { QueueItem } from "@/api/types.ts";
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

export function QueueList({ items, shown, label, phone, onReplace }: Props) {
  const { t } = useTranslation();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const numbers = numbersOf(items);
  const who = { userId: user?.id, isHost };
  if (phone) {
    return (
      <ol aria-label={label}>
        {shown.map((item) => (
          <PhoneRow
            key={item.id}
            item={item}
            items={items}
            number={numbers.get(item.id) ?? 0}
            onReplace={onReplace}
          />
        ))}
      </ol>
    );
  }
  return (
    <>
      <div className={css.head} aria-hidden="true">
        <span className={css.num}>#</span>
        <span />
        <span>{t("column.song")}</span>
        <span>{t("column.by")}</span>
        <span className={css.votes}>{t("column.votes")}</span>
        <span className={css.at}>{t("column.starts")}</span>
        <span />
      </div>
      <SortableList
        items={shown}
        label={label}
        isFixed={(item) => companions(items, item.id, who).length < 2}
        onMove={(item, to) => {
          const group = companions(items, item.id, who);
          const others = new Set(group.map(({ id }) => id));
          const above = shown.filter((other) => other.id !== item.id).slice(0, to);
          const place = above.filter(({ id }) => others.has(id)).length;
          void attempt(() => move(group, item.id, place));
        }}
        render={(item, _index, handle) => (
          <QueueRow
            item={item}
            items={items}
            number={numbers.get(item.id) ?? 0}
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
