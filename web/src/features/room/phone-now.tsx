import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RoomDocument } from "@/api/types.ts";
import { usePosition } from "@/api/use-position.ts";
import { Cover } from "@/components/cover.tsx";
import { NowWave } from "@/components/now-wave.tsx";
import { SkipVote } from "@/components/skip-vote.tsx";
import { duration } from "@/lib/format.ts";
import { nowInView } from "@/lib/now-in-view.ts";
import { Notes, NothingPlays, NowHeading } from "./now.tsx";
import css from "./room.module.css";

/** *Now* on a phone. While it is in view the small player is not needed. */
export function PhoneNow({ room }: { room: RoomDocument }) {
  const { t } = useTranslation();
  const { playback } = room;
  const track = playback.item?.track;
  const positionS = usePosition(playback);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (section.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => nowInView.set((entry?.intersectionRatio ?? 0) > 0.5),
      { threshold: [0, 0.5, 1] },
    );
    observer.observe(section.current);
    return () => {
      observer.disconnect();
      nowInView.set(false);
    };
  }, []);
  return (
    <section className={css.phoneNow} aria-labelledby="now" ref={section}>
      <div className={css.phoneWhat}>
        {track !== undefined && <Cover track={track} side={72} className={css.phoneCover} />}
        <div className={css.phoneSong}>
          <NowHeading playback={playback} />
          {track === undefined ? (
            <NothingPlays playback={playback} />
          ) : (
            <>
              <p className="t-title one">{track.title}</p>
              <p className={`one ${css.artist}`}>
                {track.artist || t("unknownArtist")}
                {" · "}
                {t("now.addedBy", { name: playback.item?.added_by.display_name ?? "" })}
              </p>
            </>
          )}
        </div>
        {track !== undefined && (
          <span className={css.phoneSkip}>
            <SkipVote playback={playback} />
          </span>
        )}
      </div>
      {track !== undefined && (
        <div className={`line t-2 ${css.phoneWave}`}>
          <span>{duration(positionS)}</span>
          <div className="grow">
            <NowWave playback={playback} positionS={positionS} height={36} />
          </div>
          <span>{track.duration_s === null ? "" : duration(track.duration_s)}</span>
        </div>
      )}
      <Notes playback={playback} />
    </section>
  );
}
