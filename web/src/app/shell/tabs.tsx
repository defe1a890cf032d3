import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { OpenDot } from "./open-dot.tsx";
import { PLACES } from "./places.ts";
import css from "./shell.module.css";

export function Tabs() {
  const { t } = useTranslation();
  return (
    <nav className={css.tabs} aria-label={t("places.label")}>
      {PLACES.map(({ to, name, Icon }) => (
        <Link
          key={to}
          to={to}
          className={css.place}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          <i>
            <Icon size={22} stroke={1.6} aria-hidden="true" />
          </i>
          <span>{t(name)}</span>
          {to === "/lineup" && <OpenDot />}
        </Link>
      ))}
    </nav>
  );
}
