import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useIsAway, useUser } from "@/api/hooks.ts";
import { pause, play, resume, skip } from "@/api/playback.ts";
import type { RoomDocument } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipForwardFilled,
} from "@/components/icons.ts";
import { Why } from "@/components/why.tsx";
import css from "./player.module.css";

/** Why the player cannot be started or stopped, and why the song cannot be skipped. */
function useRefusals(room: RoomDocument | null) {
  const { t } = useTranslation();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const away = useIsAway() ? t("kept.needsConnection") : undefined;
  const isIdle = (room?.playback.state ?? "idle") === "idle";
  const nothing = isIdle && !room?.items.some((item) => item.state !== "failed");
  const isMine = room?.playback.item?.added_by.id === user?.id;
  return {
    play: isHost
      ? (away ?? (nothing ? t("now.nothingToPlay") : undefined))
      : t("now.hostsMayControl"),
    skip:
      isHost || (isMine && !isIdle)
        ? (away ?? (isIdle ? t("now.nothingPlays") : undefined))
        : t("now.ownersMaySkip"),
  };
}

/** Play, pause and skip. Everybody sees them; who may not press them learns who may. */
export function Transport({ room }: { room: RoomDocument | null }) {
  const { t } = useTranslation();
  const { play: refusal, skip: skipRefusal } = useRefusals(room);
  const playback = room?.playback;
  const isPlaying = playback?.state === "playing";
  const label = isPlaying ? t("now.pause") : t("now.play");
  const Icon = isPlaying ? IconPlayerPauseFilled : IconPlayerPlayFilled;
  const press = () => {
    if (playback?.state === "playing") return pause(playback);
    return playback?.state === "paused" ? resume() : play();
  };
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
