import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { whySilent } from "@/api/causes.ts";
import { useConnection, useIsAtLeast, useIsAway, useRoom, useWaveform } from "@/api/hooks.ts";
import { seek } from "@/api/playback.ts";
import { usePosition } from "@/api/use-position.ts";
import { Cover } from "@/components/cover.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { SkipVote } from "@/components/skip-vote.tsx";
import { Volume } from "@/components/volume.tsx";
import { Waveform } from "@/components/waveform.tsx";
import { duration } from "@/lib/format.ts";
import { MARK } from "@/lib/toasts.ts";
import { Output } from "./output.tsx";
import css from "./player.module.css";
import { ToWall } from "./to-wall.tsx";
import { Transport } from "./transport.tsx";

/** The same on every screen: what plays, how far it is, and the controls of the room. */
export function PlayerBar() {
  const { t } = useTranslation();
  const room = useRoom();
  const playback = room?.playback;
  const track = playback?.item?.track;
  const why = playback === undefined || track !== undefined ? null : whySilent(playback);
  const peaks = useWaveform(track);
  const positionS = usePosition(playback);
  const isHost = useIsAtLeast("host");
  const isAway = useIsAway();
  const isLive = useConnection() === "live";
  const total = track?.duration_s ?? null;
  return (
    <section className={css.bar} aria-label={t("now.player")}>
      <div className={css.what}>
        {track !== undefined && <Cover track={track} side={48} className={css.cover} />}
        <div className="grow">
          <p className="one strong">{track?.title ?? t("now.nothing")}</p>
          <p className="t-2 one" lang={why?.lang}>
            {track === undefined
              ? (why?.text ?? t("now.nothingHelp"))
              : track.artist || t("unknownArtist")}
          </p>
        </div>
        {playback !== undefined && track !== undefined && <Skipping isHost={isHost} />}
      </div>
      <div className={css.middle}>
        <Transport room={room} />
        <span className="t-2">{duration(positionS)}</span>
        <Waveform
          peaks={peaks}
          positionS={positionS}
          durationS={total}
          height={32}
          fine
          stale={!isLive}
          label={
            track === undefined
              ? t("now.nothing")
              : t("now.heard", { at: duration(positionS), of: duration(total ?? 0) })
          }
          seekLabel={t("now.seek")}
          onSeek={
            isHost && !isAway && playback !== undefined && track !== undefined
              ? (to) => void attempt(() => seek(playback, to))
              : undefined
          }
        />
        <span className="t-2">
          {total === null ? "" : t("now.left", { time: duration(total - positionS) })}
        </span>
      </div>
      <div className={css.right}>
        <Volume playback={playback} className={css.volume} />
        <Output playback={playback} />
        <ToWall />
      </div>
    </section>
  );
}

/** Hosts see the count, they skip at once; others see the count on their own button. */
function Skipping({ isHost }: { isHost: boolean }) {
  const { t } = useTranslation();
  const playback = useRoom()?.playback;
  if (playback === undefined) return null;
  if (!isHost) return <SkipVote playback={playback} />;
  const { votes, needed } = playback.skip;
  return (
    <span className={`t-2 ${css.votes}`}>
      <Emphasis text={t("now.skipVotes", { votes: MARK, count: needed })} strong={String(votes)} />
    </span>
  );
}
