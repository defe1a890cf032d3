import { useState } from "react";
import { coverUrl } from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import { cx } from "@/lib/cx.ts";
import css from "./cover.module.css";
import { coverArt } from "./cover-art.ts";

interface Props {
  track: Pick<Track, "id" | "sha256" | "has_cover">;
  /** As wide as its container. */
  fill?: boolean;
  className?: string | undefined;
}

/** The picture of a track: the one from its tags, or two tones and a figure from its hash. */
export function Cover({ track, fill = false, className }: Props) {
  const [broken, setBroken] = useState(false);
  const name = cx(css.cover, fill && css.fill, className);
  if (track.has_cover && !broken) {
    return (
      <img
        className={name}
        src={coverUrl(track, fill ? 512 : 96)}
        alt=""
        decoding="async"
        onError={() => setBroken(true)}
      />
    );
  }
  const art = coverArt(track.sha256 || track.id);
  return (
    <svg className={name} viewBox="0 0 40 40" aria-hidden="true">
      <path d="M0 0h40v40H0z" fill={art.ground} />
      <path d={art.path} fill={art.figure} fillRule="evenodd" />
    </svg>
  );
}
