import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useRoom, useUser } from "@/api/hooks.ts";
import type { Track } from "@/api/types.ts";
import { useNoTime } from "@/components/use-start.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./add-sheet.module.css";

/** When it comes, if it waits already and may not wait twice. */
export function Where({ track, children }: { track: Track; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const noTime = useNoTime();
  const room = useRoom();
  const user = useUser();
  const twins = room?.items.filter(
    ({ track: other, state }) => other.id === track.id && state !== "failed",
  );
  const twin = twins?.find((item) => item.added_by.id === user?.id) ?? twins?.[0];
  const playing = room?.playback.item?.track.id === track.id;
  if (playing) return <span className={css.where}>{t("add.playsNow")}</span>;
  if (twin === undefined || (room?.policy.duplicates && twin.added_by.id !== user?.id)) {
    return children;
  }
  const mine = twin.added_by.id === user?.id;
  const ready = twin.unsent ? t("kept.mark") : noTime(twin);
  const time = twin.starts_at === null ? ready : clockTime(twin.starts_at, i18n.language);
  return (
    <span className={css.where} data-mine={mine}>
      {mine ? t("add.yours", { time }) : t("add.others", { time })}
    </span>
  );
}
