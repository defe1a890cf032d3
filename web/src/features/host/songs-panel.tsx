import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { whyFailed } from "@/api/causes.ts";
import { useUser } from "@/api/hooks.ts";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { AskForNewFile } from "@/components/ask-for-new-file.tsx";
import { IconButton } from "@/components/button.tsx";
import { IconAlertCircle, IconX } from "@/components/icons.ts";
import { useRowActions } from "@/components/row-actions.ts";
import { cx } from "@/lib/cx.ts";
import css from "./host.module.css";
import songs from "./songs.module.css";

const SHOWN = 2;

/** The evening in four figures, and the songs that could not be played. */
export function SongsPanel({ room }: { room: RoomDocument }) {
  const { t, i18n } = useTranslation();
  const count = (...states: string[]) =>
    room.items.filter(({ state }) => states.includes(state)).length;
  const failed = room.items.filter(({ state }) => state === "failed");
  const number = new Intl.NumberFormat(i18n.language);
  const figures = [
    { name: "waiting", value: count("queued", "locked"), bad: false },
    { name: "checking", value: count("pending"), bad: false },
    { name: "played", value: room.heard, bad: false },
    { name: "failed", value: failed.length, bad: failed.length > 0 },
  ] as const;
  return (
    <section className={css.panel} aria-labelledby="songs">
      <div className={css.headS}>
        <h2 className="grow" id="songs">
          {t("host.songsTitle")}
        </h2>
        <Link to="/" search={{ tab: "played" }} className={css.text}>
          {t("host.allPlayed")}
        </Link>
      </div>
      <dl className={songs.figures}>
        {figures.map(({ name, value, bad }) => (
          <div key={name} className={cx(bad && songs.bad)}>
            <dt>{t(`host.figure.${name}`)}</dt>
            <dd className="fig">{number.format(value)}</dd>
          </div>
        ))}
      </dl>
      {failed.length > 0 && (
        <ul id="songs-that-failed" tabIndex={-1} aria-label={t("host.failedSongs")}>
          {failed.slice(0, SHOWN).map((item) => (
            <FailedRow key={item.id} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function FailedRow({ item }: { item: QueueItem }) {
  const { t } = useTranslation();
  const user = useUser();
  const { track } = item;
  const { dismiss } = useRowActions(item, false);
  const why = whyFailed(item);
  return (
    <li className={songs.row}>
      <IconAlertCircle className="wrong" size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.song}>
        <b className="one" title={track.title}>
          {track.title}
        </b>
        <span className="t-2 one" title={why.text} lang={why.lang}>
          {why.text}
        </span>
      </span>
      {item.added_by.id !== user?.id && <AskForNewFile item={item} short />}
      <IconButton label={t("host.dismiss", { title: track.title })} onClick={dismiss}>
        <IconX size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
    </li>
  );
}
