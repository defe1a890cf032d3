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
  /** Its longer side on the screen, in pixels, where it is not that of a row. */
  side?: number;
  className?: string | undefined;
}

const SMALL = 96;

/** The picture of a track: the one from its tags, or two tones and a figure from its hash. */
export function Cover({ track, fill = false, side = fill ? 312 : 40, className }: Props) {
  const [broken, setBroken] = useState(false);
  const name = cx(css.cover, fill && css.fill, className);
  if (track.has_cover && !broken) {
    return (
      <img
        className={name}
        src={coverUrl(track, side > SMALL / 2 ? 512 : 96)}
        // A row has the small one also on the sharpest screen: a list is not worth 500 large ones.
        srcSet={
          side > SMALL / 2 ? `${coverUrl(track, 96)} 96w, ${coverUrl(track, 512)} 512w` : undefined
        }
        sizes={side > SMALL / 2 ? `${side}px` : undefined}
        width={side}
        height={side}
        alt=""
        loading={fill ? "eager" : "lazy"}
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
