import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useConnection, useIsAtLeast, useIsAway, useWaveform } from "@/api/hooks.ts";
import { seek } from "@/api/playback.ts";
import type { Playback } from "@/api/types.ts";
import { duration } from "@/lib/format.ts";
import { Waveform } from "./waveform.tsx";

interface WaveProps {
  playback: Playback;
  positionS: number;
  height: number;
}

/** The waveform of what plays; hosts jump within it. */
export function NowWave({ playback, positionS, height }: WaveProps) {
  const { t } = useTranslation();
  const isHost = useIsAtLeast("host");
  const isAway = useIsAway();
  const isLive = useConnection() === "live";
  const track = playback.item?.track;
  const peaks = useWaveform(track);
  const total = track?.duration_s ?? null;
  return (
    <Waveform
      peaks={peaks}
      positionS={positionS}
      durationS={total}
      height={height}
      stale={!isLive}
      label={t("now.heard", { at: duration(positionS), of: duration(total ?? 0) })}
      seekLabel={t("now.seek")}
      onSeek={isHost && !isAway ? (to) => void attempt(() => seek(playback, to)) : undefined}
    />
  );
}
