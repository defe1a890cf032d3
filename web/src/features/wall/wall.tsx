import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { type Act, phaseOf } from "@/api/acts.ts";
import { upcoming } from "@/api/room.ts";
import type { RoomDocument } from "@/api/types.ts";
import { clockTime } from "@/lib/format.ts";
import { Join } from "./join.tsx";
import { Next } from "./next.tsx";
import { NowPlaying } from "./now-playing.tsx";
import { actOnWall, Score, ScoreBars, ScoreTime } from "./score.tsx";
import css from "./wall.module.css";
import type { AvailablePanel } from "./wall-search.ts";

interface Props {
  room: RoomDocument;
  /** Of the line-up, where the wall shows scores. */
  acts?: readonly Act[];
  /** The server's time of what is shown, in milliseconds. */
  now: number;
  /** What the clock shows. */
  time: number;
  /** Since when nothing has been heard; null while it is as shown. */
  asOf: number | null;
  panels: readonly AvailablePanel[];
  /** Where the QR code leads; null where phones cannot get to. */
  address: string | null;
  shift?: readonly [x: number, y: number];
}

/** All that a wall shows, in a box of any shape. */
export function Wall(props: Props) {
  const { room, now, time, asOf, address, shift = [0, 0] } = props;
  const { t, i18n } = useTranslation();
  const { act, hasQueue, hasQr, isEmpty, main } = contents(props);
  const shown = main === null ? ["qr"] : hasQr ? [main, "qr"] : [main];
  return (
    <main
      className={css.wall}
      data-panels={shown.join(" ")}
      data-stale={asOf !== null || undefined}
      style={{ "--x": shift[0], "--y": shift[1] } as CSSProperties}
    >
      <h1 className="vh">{room.room.name}</h1>
      {act !== undefined && (
        <>
          <Score act={act} now={now} asOf={asOf} />
          {hasQueue ? <Next room={room} time={time} /> : <ScoreBars act={act} />}
          <ScoreTime act={act} now={now} />
          {hasQr && <Join room={room} address={address} forScores={phaseOf(act, now) === "open"} />}
        </>
      )}
      {main === "queue" && (
        <>
          <NowPlaying playback={room.playback} now={now} asOf={asOf} />
          <Next room={room} time={time} />
          {hasQr && <Join room={room} address={address} />}
        </>
      )}
      {main === null && <Join room={room} address={address} isEmpty={isEmpty} large />}
      <p className={css.lost} role="status">
        {asOf !== null && t("wall.lost", { time: clockTime(asOf, i18n.language) })}
      </p>
    </main>
  );
}

/** What of all that was asked for there is to show now: an act that is scored comes first. */
function contents({ room, acts = [], now, panels, address }: Props) {
  const isEmpty = room.playback.item === null && upcoming(room).length === 0;
  const act = panels.includes("score") ? actOnWall(acts, now) : undefined;
  const hasQueue = panels.includes("queue") && !isEmpty;
  const main = act !== undefined ? "score" : hasQueue ? "queue" : null;
  return {
    act,
    hasQueue,
    hasQr: panels.includes("qr") && address !== null,
    isEmpty,
    main,
  } as const;
}

/** There is no way in any more: dark, with the reason. */
export function Dark({ hasKey }: { hasKey: boolean }) {
  const { t } = useTranslation();
  return (
    <main className={css.dark}>
      <h1 className="vh">{t("wall.title")}</h1>
      <p role="status">{hasKey ? t("wall.revoked") : t("wall.needsLink")}</p>
      {!hasKey && (
        <a className="textlink" href="/login?next=/wall">
          {t("wall.logIn")}
        </a>
      )}
    </main>
  );
}

/** Nothing is known yet. For a moment nothing is said about that. */
export function Waiting({ isLong }: { isLong: boolean }) {
  const { t } = useTranslation();
  return (
    <main className={css.dark}>
      <h1 className="vh">{t("wall.title")}</h1>
      <p role="status">{isLong && t("wall.noAnswer")}</p>
    </main>
  );
}
