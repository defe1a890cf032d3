import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import { IconChecklist } from "@/components/icons.ts";
import { Later } from "@/components/later.tsx";

export function TasksPage() {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  return (
    <Later
      title={t("places.tasks")}
      icon={<IconChecklist size={32} stroke={1.5} aria-hidden="true" />}
      text={t("tasks.nothing")}
      forHosts={t("tasks.later")}
      action={
        isAdmin ? (
          <Link to="/admin/integrity" className="textlink">
            {t("tasks.integrity")}
          </Link>
        ) : (
          <Link to="/host" className="textlink">
            {t("tasks.health")}
          </Link>
        )
      }
    />
  );
}
