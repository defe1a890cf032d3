import type { ReactNode } from "react";
import { cx } from "@/lib/cx.ts";
import css from "./tag.module.css";

/** A word beside a name; `live` for what is so right now. */
export const Tag = ({ live = false, children }: { live?: boolean; children: ReactNode }) => (
  <span className={cx(css.tag, live && css.live)}>{children}</span>
);
