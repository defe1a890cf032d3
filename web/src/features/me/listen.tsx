import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@/components/icons.ts";

const icon = { size: 20, "aria-hidden": true } as const;

/** Of all the songs on the page one is heard at a time. */
let stopOther: (() => void) | null = null;

/** Lets one hear a song of one's own on this device; the room hears nothing of it. */
export function Listen({ track }: { track: Track }) {
  const { t } = useTranslation();
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    if (!isOn) return;
    const stop = new AbortController();
    const end = () => setIsOn(false);
    stopOther?.();
    stopOther = end;
    void attempt(() => play(track.id, stop.signal, end)).then((went) => {
      if (!went) end();
    });
    return () => {
      stop.abort();
      if (stopOther === end) stopOther = null;
    };
  }, [isOn, track.id]);
  const { title, status } = track;
  const refusal =
    status === "ready" ? undefined : status === "failed" ? t("row.cannotPlay") : t("me.notReady");
  return (
    <IconButton
      label={isOn ? t("me.stop", { title }) : t("me.listen", { title })}
      refusal={refusal}
      aria-pressed={isOn}
      onClick={() => setIsOn(!isOn)}
    >
      {isOn ? <IconPlayerPauseFilled {...icon} /> : <IconPlayerPlayFilled {...icon} />}
    </IconButton>
  );
}

async function play(id: string, signal: AbortSignal, onEnd: () => void): Promise<void> {
  let url = "";
  try {
    url = URL.createObjectURL(await tracks.audio(id, signal));
    if (signal.aborted) return URL.revokeObjectURL(url);
    const audio = new Audio(url);
    audio.onended = onEnd;
    signal.addEventListener("abort", () => {
      audio.pause();
      URL.revokeObjectURL(url);
    });
    await audio.play();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
