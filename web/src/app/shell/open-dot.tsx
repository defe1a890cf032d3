import { useTranslation } from "react-i18next";
import { useIsOpenForScores } from "@/api/use-lineup.ts";
import css from "./shell.module.css";

/** An act can be scored now. */
export function OpenDot() {
  const { t } = useTranslation();
  if (!useIsOpenForScores()) return null;
  return (
    <>
      <span className={css.live} aria-hidden="true" />
      <span className="vh">{t("places.openForScores")}</span>
    </>
  );
}
