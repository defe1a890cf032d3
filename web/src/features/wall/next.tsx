import { useTranslation } from "react-i18next";
import { upcoming } from "@/api/room.ts";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./wall.module.css";

const SHOWN = 3;

/** What will certainly come: what failed or is still being checked may not. */
const comes = ({ state }: QueueItem) => state === "queued" || state === "locked";

/** The next three, each with the time of day it begins, and what time it is. */
export function Next({ room, time }: { room: RoomDocument; time: number }) {
  const { t, i18n } = useTranslation();
  const next = upcoming(room).filter(comes).slice(0, SHOWN);
  return (
    <section className={css.side} aria-labelledby="wall-next">
      <h2 id="wall-next">
        {t("wall.next")}
        <time className={css.clock}>{clockTime(time, i18n.language)}</time>
      </h2>
      {next.length === 0 ? (
        <p className={css.silence}>{t("wall.nothingNext")}</p>
      ) : (
        <ol className={css.list}>
          {next.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Row({ item }: { item: QueueItem }) {
  const { t, i18n } = useTranslation();
  const { track, added_by, starts_at, starts_at_exact } = item;
  const at = starts_at === null ? null : clockTime(starts_at, i18n.language);
  return (
    <li>
      {at !== null && (
        <time data-soft={!starts_at_exact || undefined}>
          {starts_at_exact ? at : t("row.about", { time: at })}
        </time>
      )}
      <div className={css.what}>
        <b dir="auto">{track.title}</b>
        <span className="one">
          {t("wall.from", {
            artist: track.artist || t("unknownArtist"),
            name: added_by.display_name,
          })}
        </span>
      </div>
    </li>
  );
}
