import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAlarmCount } from "@/api/alarms.ts";
import { useUser } from "@/api/hooks.ts";
import { IconChevronRight } from "@/components/icons.ts";
import { staffPlaces } from "./places.ts";
import css from "./shell.module.css";

/** The places of hosts and admins as a list. */
export function StaffPlaces() {
  const { t } = useTranslation();
  const alarms = useAlarmCount();
  const places = staffPlaces(useUser()?.role);
  if (places.length === 0) return null;
  return (
    <nav aria-label={t("places.staff")} className={css.staff}>
      {places.map(({ to, name, Icon }) => (
        <Link key={to} to={to}>
          <Icon size={20} stroke={1.75} aria-hidden="true" />
          <span className="grow">{t(name)}</span>
          {to === "/host" && alarms > 0 && (
            <span className={css.need}>{t("places.needYou", { count: alarms })}</span>
          )}
          <IconChevronRight size={20} stroke={1.75} aria-hidden="true" />
        </Link>
      ))}
    </nav>
  );
}
