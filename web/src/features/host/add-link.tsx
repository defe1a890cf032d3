import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { IconPlus } from "@/components/icons.ts";
import css from "./host.module.css";

/** Leads to the Room's *Add* sheet. */
export function AddLink() {
  const { t } = useTranslation();
  return (
    <Link to="/" search={{ add: true }} className={css.link}>
      <IconPlus size={20} stroke={1.75} aria-hidden="true" />
      {t("room.add")}
    </Link>
  );
}
