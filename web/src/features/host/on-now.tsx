import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { whySilent } from "@/api/causes.ts";
import { serverNow } from "@/api/clock.ts";
import { pause, play, resume, skip, stop } from "@/api/playback.ts";
import type { Playback, RoomDocument } from "@/api/types.ts";
import { usePosition } from "@/api/use-position.ts";
import { Button } from "@/components/button.tsx";
import { Countdown } from "@/components/countdown.tsx";
import { Cover } from "@/components/cover.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipForwardFilled,
  IconPlayerStopFilled,
} from "@/components/icons.ts";
import { NowWave } from "@/components/now-wave.tsx";
import { clockTime, duration } from "@/lib/format.ts";
import { MARK } from "@/lib/toasts.ts";
import { AddLink } from "./add-link.tsx";
import css from "./host.module.css";
import stage from "./stage.module.css";

/** What the room hears, at large, and everything that can be done about it. */
export function OnNow({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const { playback } = room;
  const state = { playing: "now.playing", paused: "now.paused", idle: "now.idle" } as const;
  const track = playback.item?.track;
  const positionS = usePosition(playback);
  return (
    <section className={css.panel} aria-labelledby="now">
      <div className={css.head}>
        <h2 className="grow" id="now">
          {t(state[playback.state])}
        </h2>
        <Ends playback={playback} positionS={positionS} />
      </div>
      {track === undefined ? (
        <Nothing room={room} />
      ) : (
        <>
          <div className={stage.what}>
            <Cover track={track} side={64} className={stage.cover} />
            <div className="grow">
              <p className="t-title one" title={track.title}>
                {track.title}
              </p>
              <p className="t-2 one">{track.artist || t("unknownArtist")}</p>
              <p className="t-2 one">
                {t("now.addedBy", { name: playback.item?.added_by.display_name ?? "" })}
              </p>
            </div>
            <TimeLeft playback={playback} positionS={positionS} />
          </div>
          <div className={stage.wave}>
            <NowWave playback={playback} positionS={positionS} height={44} />
          </div>
          <div className={`line between t-2 fig ${stage.times}`}>
            <span>{duration(positionS)}</span>
            <span>{track.duration_s === null ? "" : duration(track.duration_s)}</span>
          </div>
          <SkipTally playback={playback} />
        </>
      )}
      <Controls room={room} />
    </section>
  );
}

function Ends({ playback, positionS }: { playback: Playback; positionS: number }) {
  const { t, i18n } = useTranslation();
  const total = playback.item?.track.duration_s;
  if (playback.state !== "playing" || total == null) return null;
  const time = clockTime(serverNow() + (total - positionS) * 1_000, i18n.language);
  return <span className="t-2 fig">{t("now.ends", { time })}</span>;
}

/** How much of the song is left, as a ring that runs out. */
function TimeLeft({ playback, positionS }: { playback: Playback; positionS: number }) {
  const { t } = useTranslation();
  const total = playback.item?.track.duration_s;
  if (total == null || total <= 0) return null;
  const left = Math.max(0, total - positionS);
  const text = duration(left);
  return <Countdown text={text} share={left / total} label={t("now.left", { time: text })} />;
}

function SkipTally({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const { votes, needed } = playback.skip;
  return (
    <div className={stage.tally}>
      <span className={stage.track} aria-hidden="true">
        <i style={{ width: `${Math.min(1, votes / needed) * 100}%` }} />
      </span>
      <span className="t-2">
        <Emphasis
          text={t("now.skipVotes", { votes: MARK, count: needed })}
          strong={String(votes)}
        />
      </span>
    </div>
  );
}

function Nothing({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const why = whySilent(room.playback);
  const waiting = room.items.some(({ state }) => state === "queued" || state === "locked");
  return (
    <div className={stage.nothing}>
      <p className="t-title">{t("now.nothing")}</p>
      <p className="t-2" lang={why?.lang}>
        {why?.text ?? (waiting ? t("host.songsWait") : t("now.nothingHelp"))}
      </p>
      {!waiting && <AddLink />}
    </div>
  );
}

function Controls({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const { playback, items } = room;
  const isPlaying = playback.state === "playing";
  const nothing = playback.state === "idle" && !items.some(({ state }) => state !== "failed");
  const idle = playback.state === "idle" ? t("now.nothingPlays") : undefined;
  const toggle = () => {
    if (isPlaying) return pause(playback);
    return playback.state === "paused" ? resume() : play();
  };
  const Icon = isPlaying ? IconPlayerPauseFilled : IconPlayerPlayFilled;
  return (
    <div className={stage.controls}>
      <Button
        look={isPlaying ? "soft" : "main"}
        icon={<Icon size={18} aria-hidden="true" />}
        refusal={nothing ? t("now.nothingToPlay") : undefined}
        onClick={() => void attempt(toggle)}
      >
        {isPlaying ? t("now.pause") : t("now.play")}
      </Button>
      <Button
        icon={<IconPlayerSkipForwardFilled size={18} aria-hidden="true" />}
        refusal={idle}
        onClick={() => void attempt(() => skip(playback))}
      >
        {t("now.skip")}
      </Button>
      <Button
        icon={<IconPlayerStopFilled size={18} aria-hidden="true" />}
        refusal={idle}
        onClick={() => void attempt(stop)}
      >
        {t("host.stop")}
      </Button>
    </div>
  );
}
