import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { useServerNow } from "@/api/clock.ts";
import { useMyScore } from "@/api/use-lineup.ts";
import { ActCover } from "@/components/act-cover.tsx";
import { ActResult } from "@/components/act-result.tsx";
import rows from "@/components/act-row.module.css";
import { cx } from "@/lib/cx.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./lineup.module.css";

/** An act that comes: when, and how long until then. */
export function ComingRow({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  const now = useServerNow(15_000);
  const minutes = Math.max(0, Math.round((Date.parse(act.opens_at) - now) / 60_000));
  return (
    <li>
      <Link to="/lineup/$id" params={{ id: String(act.id) }} className={cx(rows.row, css.row)}>
        <time dateTime={act.opens_at}>{clockTime(act.opens_at, i18n.language)}</time>
        <ActCover act={act} className={cx(rows.cover, css.small)} />
        <span className={cx(rows.what, css.what)}>
          <b className="one" dir="auto">
            {act.title}
          </b>
          <span className="t-2 one" dir="auto">
            {act.description}
          </span>
        </span>
        <span className="t-2 fig">
          {minutes < 60
            ? t("inMinutes", { count: minutes })
            : t("lineup.inHours", { count: Math.round(minutes / 60) })}
        </span>
      </Link>
    </li>
  );
}

/** An act that has closed: what it came to, and what one gave it. */
export function ClosedRow({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  const mine = useMyScore(act.id);
  const gave =
    mine === undefined
      ? act.description
      : mine.counts === null
        ? t("lineup.yoursNotCounted")
        : t("lineup.youGave", { score: mine.counts });
  return (
    <li>
      <Link
        to="/lineup/$id"
        params={{ id: String(act.id) }}
        className={cx(rows.row, css.row)}
        data-closed
      >
        <time dateTime={act.deadline}>{clockTime(act.deadline, i18n.language)}</time>
        <ActCover act={act} className={cx(rows.cover, css.small)} />
        <span className={cx(rows.what, css.what)}>
          <b className="one" dir="auto">
            {act.title}
          </b>
          <span className="t-2 one">{gave}</span>
        </span>
        <ActResult act={act} />
      </Link>
    </li>
  );
}
