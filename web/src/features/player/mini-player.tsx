import { useTranslation } from "react-i18next";
import { useRoom } from "@/api/hooks.ts";
import { usePosition } from "@/api/use-position.ts";
import { Cover } from "@/components/cover.tsx";
import { SkipVote } from "@/components/skip-vote.tsx";
import { duration } from "@/lib/format.ts";
import { nowInView } from "@/lib/now-in-view.ts";
import { useStore } from "@/lib/store.ts";
import css from "./player.module.css";

/** The player of a phone; it steps aside while *Now* itself is in view. */
export function MiniPlayer() {
  const { t } = useTranslation();
  const playback = useRoom()?.playback;
  const positionS = usePosition(playback);
  const hidden = useStore(nowInView);
  const track = playback?.item?.track;
  if (hidden || playback === undefined || track === undefined) return null;
  const total = track.duration_s ?? 0;
  const share = total > 0 ? positionS / total : 0;
  return (
    <aside className={css.mini} aria-label={t("now.player")}>
      <div
        className={css.progress}
        role="progressbar"
        aria-label={track.title}
        aria-valuemin={0}
        aria-valuemax={Math.round(total)}
        aria-valuenow={Math.round(positionS)}
      >
        <i style={{ transform: `scaleX(${share})` }} />
      </div>
      <Cover track={track} className={css.miniCover} />
      <div className="grow">
        <p className="one strong">{track.title}</p>
        <p className="t-2 one">{track.artist || t("unknownArtist")}</p>
      </div>
      <span className="t-2 fig">{duration(total - positionS)}</span>
      <SkipVote playback={playback} />
    </aside>
  );
}
