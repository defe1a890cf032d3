import type { ReactNode } from "react";
import css from "./page.module.css";

/** A plain screen: a title and what follows. `main` for pages that stand outside the shell. */
export function Page({
  title,
  main = false,
  children,
}: {
  title: string;
  main?: boolean;
  children: ReactNode;
}) {
  const Tag = main ? "main" : "div";
  return (
    <Tag className={css.page}>
      <h1 className="t-title">{title}</h1>
      {children}
    </Tag>
  );
}
