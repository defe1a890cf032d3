import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { IconStar } from "@/components/icons.ts";
import { Later } from "@/components/later.tsx";

export function LineupPage() {
  const { t } = useTranslation();
  return (
    <Later
      title={t("places.lineup")}
      icon={<IconStar size={32} stroke={1.5} aria-hidden="true" />}
      text={t("lineup.nothing")}
      forHosts={t("lineup.later")}
      action={
        <Link to="/host" className="textlink">
          {t("lineup.tagline")}
        </Link>
      }
    />
  );
}
