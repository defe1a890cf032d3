import { useTranslation } from "react-i18next";
import { IconClock } from "./icons.ts";
import css from "./unsent.module.css";

/** Done here, and not sent yet: the connection is lost. */
export function Unsent() {
  const { t } = useTranslation();
  return (
    <i className={css.unsent}>
      <IconClock size={14} stroke={2} aria-hidden="true" />
      {t("kept.mark")}
    </i>
  );
}
