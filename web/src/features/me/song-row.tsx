import { useState } from "react";
import { useTranslation } from "react-i18next";
import { whyUnusable } from "@/api/causes.ts";
import { useRoom } from "@/api/hooks.ts";
import type { Track } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconPencil, IconTrash } from "@/components/icons.ts";
import { useNoTime } from "@/components/use-start.ts";
import { clockTime, duration } from "@/lib/format.ts";
import { DeleteSong } from "./delete-song.tsx";
import { EditSong } from "./edit-song.tsx";
import { Listen } from "./listen.tsx";
import css from "./songs.module.css";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

/** One of one's own songs: where it stands, and what can be done about it. */
export function SongRow({ track, onChanged }: { track: Track; onChanged: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"edit" | "delete" | null>(null);
  const { title } = track;
  const done = (isChanged: boolean) => {
    setAsking(null);
    if (isChanged) onChanged();
  };
  return (
    <li className={css.row}>
      <Cover track={track} />
      <span className={css.song}>
        <b dir="auto">{title}</b>
        <span data-bad={track.status === "failed"}>
          <Facts track={track} />
        </span>
      </span>
      <span className={css.acts}>
        <Listen track={track} />
        <IconButton label={t("me.correct", { title })} onClick={() => setAsking("edit")}>
          <IconPencil {...icon} />
        </IconButton>
        <IconButton label={t("me.delete", { title })} onClick={() => setAsking("delete")}>
          <IconTrash {...icon} />
        </IconButton>
      </span>
      {asking === "edit" && <EditSong track={track} onClose={done} />}
      {asking === "delete" && <DeleteSong track={track} onClose={done} />}
    </li>
  );
}

function Facts({ track }: { track: Track }) {
  const { t } = useTranslation();
  const state = useWhereabouts(track);
  if (track.status === "failed") {
    const why = whyUnusable(track);
    return <span lang={why.lang}>{why.text}</span>;
  }
  return (
    <>
      <bdi>{track.artist || t("unknownArtist")}</bdi>
      {track.duration_s !== null && ` · ${duration(track.duration_s)}`}
      {state !== null && <b className={css.state}> · {state}</b>}
    </>
  );
}

/** Where it is in the room at this moment, if it is there. */
function useWhereabouts(track: Track): string | null {
  const { t, i18n } = useTranslation();
  const noTime = useNoTime();
  const room = useRoom();
  if (room?.playback.item?.track.id === track.id) return t("add.playsNow");
  const item = room?.items.find((one) => one.track.id === track.id && one.state !== "failed");
  if (item !== undefined) {
    if (item.state === "pending") return t("row.checking");
    const time = item.starts_at === null ? "" : clockTime(item.starts_at, i18n.language);
    return time === "" ? noTime(item) : t("add.others", { time });
  }
  return track.status === "analysing" ? t("row.checking") : null;
}
