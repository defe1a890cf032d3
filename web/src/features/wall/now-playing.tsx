import { useElementSize } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useWaveform } from "@/api/hooks.ts";
import { positionAt } from "@/api/playback.ts";
import type { Playback, QueueItem } from "@/api/types.ts";
import { Cover } from "@/components/cover.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { Waveform } from "@/components/waveform.tsx";
import { clockTime, duration } from "@/lib/format.ts";
import { MARK } from "@/lib/toasts.ts";
import { Fitting } from "./fitting.tsx";
import css from "./wall.module.css";

interface Props {
  playback: Playback;
  now: number;
  asOf: number | null;
}

/** What the room hears, large enough for the last row. */
export function NowPlaying({ playback, now, asOf }: Props) {
  const { t, i18n } = useTranslation();
  const { item, state } = playback;
  const heading = { playing: "now.playing", paused: "now.paused", idle: "now.nothing" } as const;
  return (
    <section className={css.now} aria-labelledby="wall-now">
      <h2 id="wall-now">
        <svg className={css.eq} data-still={state !== "playing"} viewBox="0 0 14 14" aria-hidden>
          <path d="M2.2 8v3.8M7 2.4v9.4M11.8 5.6v6.2" />
        </svg>
        {asOf === null
          ? t(heading[state])
          : t("wall.asOf", { time: clockTime(asOf, i18n.language) })}
      </h2>
      {item === null ? (
        <p className={css.silence}>{t("wall.silence")}</p>
      ) : (
        <Song key={item.id} item={item} playback={playback} now={now} isStale={asOf !== null} />
      )}
    </section>
  );
}

/** A bar of the waveform, as a share of its height: six pixels on a wall of 1920. */
const BAR = 0.045;

interface SongProps {
  item: QueueItem;
  playback: Playback;
  now: number;
  isStale: boolean;
}

function Song({ item, playback, now, isStale }: SongProps) {
  const { t } = useTranslation();
  const { track } = item;
  const peaks = useWaveform(track);
  const { ref, height } = useElementSize();
  const total = track.duration_s;
  const positionS = positionAt(playback, now);
  return (
    <>
      <div className={css.song}>
        <Cover track={track} fill className={css.cover} />
        <div className={css.words}>
          <Fitting className={css.title} text={track.title} />
          <p className={css.artist} dir="auto">
            {track.artist || t("unknownArtist")}
          </p>
        </div>
      </div>
      <div className={css.wave} ref={ref}>
        {height > 0 && (
          <Waveform
            peaks={peaks}
            positionS={positionS}
            durationS={total}
            height={height}
            bar={Math.max(2, Math.round(height * BAR))}
            stale={isStale}
            label={t("now.heard", { at: duration(positionS), of: duration(total ?? 0) })}
          />
        )}
      </div>
      <div className={css.times}>
        <span className="one">
          <Emphasis text={t("now.addedBy", { name: MARK })} strong={item.added_by.display_name} />
        </span>
        {total !== null && (
          <span className={css.left}>
            <Emphasis
              text={t("now.left", { time: MARK })}
              strong={duration(Math.ceil(total - positionS))}
            />
          </span>
        )}
      </div>
    </>
  );
}
