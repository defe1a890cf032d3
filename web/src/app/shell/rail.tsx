import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAlarmCount } from "@/api/alarms.ts";
import { useUser } from "@/api/hooks.ts";
import { Brand } from "@/components/brand.tsx";
import { OpenDot } from "./open-dot.tsx";
import { PLACES, type STAFF_PLACES, staffPlaces } from "./places.ts";
import css from "./shell.module.css";

export function Rail() {
  const { t } = useTranslation();
  const staff = staffPlaces(useUser()?.role);
  return (
    <nav className={css.rail} aria-label={t("places.label")}>
      <Link to="/" className={css.brand} aria-label="Backline">
        <Brand />
      </Link>
      {PLACES.map((place) => (
        <Place key={place.to} {...place} />
      ))}
      {staff.length > 0 && (
        <div className={css.end}>
          {staff.map((place) => (
            <Place key={place.to} {...place} />
          ))}
        </div>
      )}
    </nav>
  );
}

type PlaceProps = (typeof PLACES)[number] | (typeof STAFF_PLACES)[number];

function Place({ to, name, Icon }: PlaceProps) {
  const { t } = useTranslation();
  const alarms = useAlarmCount();
  const count = to === "/host" ? alarms : 0;
  return (
    <Link
      to={to}
      className={css.place}
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ "aria-current": "page" }}
    >
      <Icon size={22} stroke={1.6} aria-hidden="true" />
      <span>{t(name)}</span>
      {to === "/lineup" && <OpenDot />}
      {count > 0 && (
        <>
          <span className={css.pip} aria-hidden="true">
            {count}
          </span>
          <span className="vh">{t("places.needYou", { count })}</span>
        </>
      )}
    </Link>
  );
}
