import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { usePersonal } from "@/api/hooks.ts";
import { voteToSkip } from "@/api/playback.ts";
import type { Playback } from "@/api/types.ts";
import { Button } from "./button.tsx";
import { IconPlayerSkipForward } from "./icons.ts";
import css from "./skip-vote.module.css";

/** Together a part of the room can skip what plays. */
export function SkipVote({ playback }: { playback: Playback }) {
  const { t } = useTranslation();
  const { skipVoted } = usePersonal();
  const { votes, needed } = playback.skip;
  return (
    <Button
      look="outline"
      className={css.skip}
      aria-label={t("now.voteToSkip", { votes, needed })}
      aria-pressed={skipVoted}
      refusal={playback.item === null ? t("now.nothingPlays") : undefined}
      icon={<IconPlayerSkipForward size={20} stroke={1.75} aria-hidden="true" />}
      onClick={(event) => event.detail < 2 && void attempt(() => voteToSkip(!skipVoted, playback))}
    >
      {votes}/{needed}
    </Button>
  );
}
