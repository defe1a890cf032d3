import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import css from "./admin.module.css";
import { headSlot } from "./head-actions.tsx";

const PARTS = [
  { to: "/admin/people", name: "admin.parts.people" },
  { to: "/admin/audit", name: "admin.parts.audit" },
  { to: "/admin/settings", name: "admin.parts.settings" },
  { to: "/admin/integrity", name: "admin.parts.integrity" },
  { to: "/admin/messages", name: "admin.parts.messages" },
  { to: "/admin/backups", name: "admin.parts.backups" },
] as const;

/** What stays while the parts of Admin change. */
export function AdminPage() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const part = PARTS.find(({ to }) => pathname.startsWith(to)) ?? PARTS[0];
  return (
    <div className={css.admin}>
      <h1 className="vh">{`${t("places.admin")}: ${t(part.name)}`}</h1>
      <div className={css.head}>
        <nav className={css.tabs} aria-label={t("places.admin")}>
          {PARTS.map(({ to, name }) => (
            <Link
              key={to}
              to={to}
              className={css.tab}
              activeOptions={{ includeSearch: false }}
              activeProps={{ "aria-current": "page" }}
            >
              {t(name)}
            </Link>
          ))}
        </nav>
        <div className={css.actions} ref={headSlot.set} />
      </div>
      <Outlet />
    </div>
  );
}
