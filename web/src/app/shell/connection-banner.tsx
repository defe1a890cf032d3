import { useTranslation } from "react-i18next";
import { serverNow } from "@/api/clock.ts";
import { useAsOf, useConnection, useIsAway } from "@/api/hooks.ts";
import { waiting } from "@/api/outbox.ts";
import { IconWifiOff } from "@/components/icons.ts";
import { clockTime, dateTime } from "@/lib/format.ts";
import { useStore } from "@/lib/store.ts";
import css from "./shell.module.css";

const HALF_A_DAY_MS = 12 * 60 * 60 * 1_000;

/** Says that the connection is lost, and of what moment the page tells. */
export function ConnectionBanner() {
  const { t, i18n } = useTranslation();
  const connection = useConnection();
  const asOf = useAsOf();
  const isAway = useIsAway();
  const waits = useStore(waiting);
  if (!isAway) return null;
  const why = connection === "offline" ? "offline" : "lost";
  const isOld = asOf !== null && serverNow() - asOf > HALF_A_DAY_MS;
  const words =
    asOf === null
      ? t(`connection.${why}`)
      : t(`connection.${why}AsOf`, {
          time: isOld
            ? dateTime(new Date(asOf).toISOString(), i18n.language)
            : clockTime(asOf, i18n.language),
        });
  return (
    <div className={css.banner} role="status">
      <IconWifiOff size={20} stroke={1.75} aria-hidden="true" />
      <span>
        {words} {waits.length > 0 && t("kept.waiting", { count: waits.length })}
      </span>
    </div>
  );
}
