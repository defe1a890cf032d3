import { useTranslation } from "react-i18next";
import { whySilent } from "@/api/causes.ts";
import { shownNow } from "@/api/clock.ts";
import { useIsAway } from "@/api/hooks.ts";
import type { Playback, RoomDocument } from "@/api/types.ts";
import { usePosition } from "@/api/use-position.ts";
import { Cover } from "@/components/cover.tsx";
import { IconDeviceSpeakerOff, IconHourglass } from "@/components/icons.ts";
import { NowWave } from "@/components/now-wave.tsx";
import { clockTime, duration } from "@/lib/format.ts";
import css from "./room.module.css";
import { ScoreAct } from "./score-act.tsx";
import { YoursNext } from "./yours-next.tsx";

interface Props {
  room: RoomDocument;
  onYours: () => void;
}

/** What the room hears. */
export function Now({ room, onYours }: Props) {
  const { t, i18n } = useTranslation();
  const { playback } = room;
  const track = playback.item?.track;
  const positionS = usePosition(playback);
  const total = track?.duration_s ?? null;
  const isPlaying = playback.state === "playing";
  const ends = total === null ? null : shownNow() + (total - positionS) * 1_000;
  return (
    <section className={css.now} aria-labelledby="now">
      <div className={`line between ${css.nowHead}`}>
        <NowHeading playback={playback} />
        {isPlaying && ends !== null && (
          <span className="t-2 fig">{t("now.ends", { time: clockTime(ends, i18n.language) })}</span>
        )}
      </div>
      {track === undefined ? (
        <NothingPlays playback={playback} />
      ) : (
        <>
          <Cover track={track} fill className={css.nowCover} />
          <p className={`t-title one ${css.nowTitle}`}>{track.title}</p>
          <div className="line between">
            <span className={`one ${css.artist}`}>{track.artist || t("unknownArtist")}</span>
            <AddedBy playback={playback} />
          </div>
          <div className={css.wave}>
            <NowWave playback={playback} positionS={positionS} height={48} />
          </div>
          <div className={`line between t-2 ${css.times}`}>
            <span>{duration(positionS)}</span>
            <span>{total === null ? "" : duration(total)}</span>
          </div>
        </>
      )}
      <Notes playback={playback} />
      <div className={css.links}>
        <YoursNext room={room} onYours={onYours} />
        <ScoreAct />
      </div>
    </section>
  );
}

export function NowHeading({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const isAway = useIsAway();
  const heading = { playing: "now.playing", paused: "now.paused", idle: "now.idle" } as const;
  return (
    <h2 className="t-label line tight" id="now">
      <svg
        className={css.eq}
        data-still={playback.state !== "playing" || isAway}
        viewBox="0 0 14 14"
        aria-hidden="true"
      >
        <path d="M2.2 8v3.8M7 2.4v9.4M11.8 5.6v6.2" />
      </svg>
      {t(heading[playback.state])}
    </h2>
  );
}

export function AddedBy({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const name = playback.item?.added_by.display_name;
  return name === undefined ? null : <span className="t-2 one">{t("now.addedBy", { name })}</span>;
}

export function NothingPlays({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const why = whySilent(playback);
  return (
    <p className="t-2" lang={why?.lang}>
      {why?.text ?? t("now.nothingHelp")}
    </p>
  );
}

/** Why it is silent, and that nobody can hear it where the box has no sound device. */
export function Notes({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const why = whySilent(playback);
  return (
    <>
      {why !== null && playback.item !== null && (
        <p className={css.note} role="status">
          <IconHourglass size={20} stroke={1.75} aria-hidden="true" />
          <span lang={why.lang}>{why.text}</span>
        </p>
      )}
      {!playback.output.audible && (
        <p className={css.note}>
          <IconDeviceSpeakerOff size={20} stroke={1.75} aria-hidden="true" />
          {t("now.silentOutputHelp")}
        </p>
      )}
    </>
  );
}
