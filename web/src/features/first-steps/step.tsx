import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconCheck } from "@/components/icons.ts";
import css from "./first-steps.module.css";

interface Props {
  number: number;
  title: string;
  /** What is so by now, in words; undefined while it is still to be done. */
  done?: string | undefined;
  children?: ReactNode;
}

/** One thing on the way to the first song. Whether it is done is looked up, never clicked. */
export function Step({ number, title, done, children }: Props) {
  const { t } = useTranslation();
  const isDone = done !== undefined;
  return (
    <li className={css.step} data-done={isDone}>
      <span className={css.mark} aria-hidden="true">
        {isDone ? <IconCheck size={18} stroke={2.2} /> : number}
      </span>
      <div className={css.body}>
        <h2 className="strong">
          {title} <span className="vh">{isDone ? t("welcome.isDone") : t("welcome.isOpen")}</span>
        </h2>
        {isDone && <p className="t-2">{done}</p>}
        {children}
      </div>
    </li>
  );
}
