import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { meanOf } from "@/lib/format.ts";
import css from "./act-row.module.css";

/** What an act that has closed came to. */
export function ActResult({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  return (
    <span className={css.result}>
      <b className="fig">
        {act.score_mean === null ? t("lineup.noMean") : meanOf(act.score_mean, i18n.language)}
      </b>
      <span className="t-2">{t(`lineup.status.${act.status}`)}</span>
    </span>
  );
}
