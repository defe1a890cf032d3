import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { pause, play, resume, skip } from "@/api/playback.ts";
import type { RoomDocument } from "@/api/types.ts";
import { IconButton, Why } from "@/components/button.tsx";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipForwardFilled,
} from "@/components/icons.ts";
import css from "./player.module.css";

/** Play, pause and skip. Everybody sees them; who may not press them learns who may. */
export function Transport({ room }: { room: RoomDocument | null }) {
  const { t } = useTranslation();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const state = room?.playback.state ?? "idle";
  const nothing = state === "idle" && !room?.items.some((item) => item.state !== "failed");
  const refusal = isHost
    ? nothing
      ? t("now.nothingToPlay")
      : undefined
    : t("now.hostsMayControl");
  const label = state === "playing" ? t("now.pause") : t("now.play");
  const Icon = state === "playing" ? IconPlayerPauseFilled : IconPlayerPlayFilled;
  const playback = room?.playback;
  const press = () => {
    if (playback?.state === "playing") return pause(playback);
    return playback?.state === "paused" ? resume() : play();
  };
  const isMine = playback?.item?.added_by.id === user?.id;
  const maySkip = isHost || (isMine && state !== "idle");
  const idle = state === "idle" ? t("now.nothingPlays") : undefined;
  const skipRefusal = maySkip ? idle : t("now.ownersMaySkip");
  return (
    <>
      <Why text={refusal ?? label}>
        <button
          type="button"
          className={css.play}
          aria-label={refusal === undefined ? label : `${label}. ${refusal}`}
          aria-disabled={refusal !== undefined || undefined}
          onClick={refusal === undefined ? () => void attempt(press) : undefined}
        >
          <Icon size={20} aria-hidden="true" />
        </button>
      </Why>
      <IconButton
        label={t("now.skip")}
        refusal={skipRefusal}
        onClick={() => playback && void attempt(() => skip(playback))}
      >
        <IconPlayerSkipForwardFilled size={20} aria-hidden="true" />
      </IconButton>
    </>
  );
}
