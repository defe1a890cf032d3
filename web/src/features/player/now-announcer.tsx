import { useTranslation } from "react-i18next";
import { useRoom } from "@/api/hooks.ts";

/** Says what plays to those who do not see it, once per song. */
export function NowAnnouncer() {
  const { t } = useTranslation();
  const track = useRoom()?.playback.item?.track;
  return (
    <p className="vh" role="status" aria-live="polite">
      {track === undefined
        ? ""
        : t("now.announce", { title: track.title, artist: track.artist || t("unknownArtist") })}
    </p>
  );
}
