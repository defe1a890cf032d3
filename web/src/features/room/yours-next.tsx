import { useTranslation } from "react-i18next";
import { useServerNow } from "@/api/clock.ts";
import { useUser } from "@/api/hooks.ts";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { IconChevronRight, IconClock } from "@/components/icons.ts";
import { useNoTime, useStart } from "@/components/use-start.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./room.module.css";

export function useYoursNext(room: RoomDocument): QueueItem | undefined {
  const user = useUser();
  return room.items.find(
    (item) => item.added_by.id === user?.id && ["locked", "queued", "pending"].includes(item.state),
  );
}

interface Props {
  room: RoomDocument;
  onYours: () => void;
}

/** When one's own song comes: the question people ask most. */
export function YoursNext({ room, onYours }: Props) {
  const { t, i18n } = useTranslation();
  const item = useYoursNext(room);
  const noTime = useNoTime();
  const now = useServerNow(15_000);
  if (item === undefined) return null;
  const minutes =
    item.starts_at === null
      ? null
      : Math.max(0, Math.round((Date.parse(item.starts_at) - now) / 60_000));
  const when =
    minutes === null || item.starts_at === null
      ? noTime(item)
      : `${clockTime(item.starts_at, i18n.language)}, ${t("inMinutes", { count: minutes })}`;
  return (
    <button type="button" className={css.link} onClick={onYours}>
      <IconClock size={20} stroke={1.75} aria-hidden="true" />
      <span className="grow">
        <b className="one">{t("now.yoursNext", { title: item.track.title })}</b>
        <span className="t-2 one">{when}</span>
      </span>
      <IconChevronRight size={16} stroke={2} aria-hidden="true" />
    </button>
  );
}

export function PhoneYoursNext({ room, onYours }: Props) {
  const item = useYoursNext(room);
  return item === undefined ? null : <PhoneYours item={item} onYours={onYours} />;
}

function PhoneYours({ item, onYours }: { item: QueueItem; onYours: () => void }) {
  const { t } = useTranslation();
  const start = useStart(item);
  return (
    <button type="button" className={css.yours} onClick={onYours}>
      <IconClock size={20} stroke={1.75} aria-hidden="true" />
      <span className="grow one">
        {t("now.yoursNextLabel")} <b>{item.track.title}</b>
      </span>
      <strong>{start.text}</strong>
    </button>
  );
}
