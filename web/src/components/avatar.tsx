import { initials } from "@/lib/format.ts";
import css from "./avatar.module.css";

export function Avatar({ name }: { name: string }) {
  return (
    <span className={css.avatar} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
