import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import css from "./later.module.css";

interface Props {
  title: string;
  icon: ReactNode;
  /** What is so now, for everybody. */
  text: string;
  /** What can be done about it; said to hosts. */
  forHosts: string;
  action?: ReactNode;
}

/** A place whose part comes later: one sentence, and for a host what can be done meanwhile. */
export function Later({ title, icon, text, forHosts, action }: Props) {
  const { t } = useTranslation();
  const isHost = useIsAtLeast("host");
  return (
    <div className={css.page}>
      <h1 className="t-title">{title}</h1>
      <div className={css.later}>
        <span className={css.icon}>{icon}</span>
        <p className={css.text}>{text}</p>
        {isHost && <p className="t-2">{forHosts}</p>}
        {isHost && action !== undefined ? (
          action
        ) : (
          <Link to="/" className="textlink">
            {t("wrong.toRoom")}
          </Link>
        )}
      </div>
    </div>
  );
}
