import type { ReactNode } from "react";
import css from "./empty.module.css";

/** One sentence about what is not there yet, and the first thing to do about it. */
export function Empty({
  icon,
  text,
  children,
}: {
  icon?: ReactNode;
  text: string;
  children?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      {icon}
      <p>{text}</p>
      {children}
    </div>
  );
}
