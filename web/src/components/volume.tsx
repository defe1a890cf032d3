import { Slider } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useIsAway } from "@/api/hooks.ts";
import { setMuted, setVolume } from "@/api/playback.ts";
import type { Playback } from "@/api/types.ts";
import { IconButton } from "./button.tsx";
import { IconVolume, IconVolumeOff } from "./icons.ts";

interface Props {
  playback: Playback | undefined;
  className?: string | undefined;
}

/** The loudness of the room. While it is dragged the hand leads, not the server. */
export function Volume({ playback, className }: Props) {
  const { t } = useTranslation();
  const isHost = useIsAtLeast("host");
  const isAway = useIsAway();
  const away = isAway ? t("kept.needsConnection") : undefined;
  const refusal = isHost ? away : t("now.hostsMayControl");
  const known = Math.round((playback?.volume ?? 0) * 100);
  const [value, setValue] = useState(known);
  useEffect(() => setValue(known), [known]);
  const muted = playback?.muted ?? false;
  const Icon = muted ? IconVolumeOff : IconVolume;
  return (
    <>
      <IconButton
        label={muted ? t("now.unmute") : t("now.mute")}
        refusal={refusal}
        onClick={() => void attempt(() => setMuted(!muted))}
      >
        <Icon size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
      <Slider
        className={className ?? ""}
        thumbLabel={refusal === undefined ? t("now.volume") : `${t("now.volume")}. ${refusal}`}
        label={null}
        size={4}
        thumbSize={14}
        value={muted ? 0 : value}
        onChange={setValue}
        onChangeEnd={(end) => void attempt(() => setVolume(end / 100))}
        disabled={refusal !== undefined}
      />
    </>
  );
}
