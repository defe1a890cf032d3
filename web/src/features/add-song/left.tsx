import { useTranslation } from "react-i18next";
import { useIsAtLeast, useRoom, useUser } from "@/api/hooks.ts";

/** How many more songs of one's own may wait. */
export function Left() {
  const { t } = useTranslation();
  const room = useRoom();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const limit = room?.policy.max_waiting ?? null;
  if (room === null || limit === null || isHost) return null;
  const waiting = room.items.filter(
    (item) => item.added_by.id === user?.id && ["pending", "queued", "locked"].includes(item.state),
  ).length;
  return <span className="t-2">{t("add.left", { count: Math.max(0, limit - waiting) })}</span>;
}
