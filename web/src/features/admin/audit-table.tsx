import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@/api/admin.ts";
import { IconChevronDown, IconChevronRight } from "@/components/icons.ts";
import { momentOf } from "@/lib/format.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { sentence } from "./audit-words.ts";
import panel from "./panel.module.css";

/** The lines of the log; each opens to everything that is known. */
export function AuditTable({ entries }: { entries: AuditEntry[] }) {
  const { t, i18n } = useTranslation();
  const isPhone = useIsPhone();
  const [open, setOpen] = useState<number | null>(null);
  return (
    <table className={css.table}>
      <colgroup>
        <col style={{ width: isPhone ? 88 : 132 }} />
        <col />
        <col className={css.deskOnly} style={{ width: 168 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("admin.audit.at")}</th>
          <th scope="col">{t("admin.audit.happened")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.audit.from")}
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => {
          const isOpen = entry.id === open;
          const Chevron = isOpen ? IconChevronDown : IconChevronRight;
          return (
            <Fragment key={entry.id}>
              <tr data-chosen={isOpen}>
                <td>
                  <time dateTime={entry.at}>{momentOf(entry.at, i18n.language)}</time>
                </td>
                <td className={css.what}>
                  <button
                    type="button"
                    className={css.rowButton}
                    aria-expanded={isOpen}
                    onClick={() => setOpen(isOpen ? null : entry.id)}
                  >
                    <span className={css.foldable}>
                      <Chevron size={16} stroke={2} aria-hidden="true" />
                      <span className={css.sentence}>{sentence(entry, t)}</span>
                    </span>
                  </button>
                </td>
                <td className={css.deskOnly}>{entry.ip}</td>
              </tr>
              {isOpen && (
                <tr>
                  <td colSpan={isPhone ? 2 : 3} className={css.wrap}>
                    <Details entry={entry} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const { t, i18n } = useTranslation();
  const full = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "full",
    timeStyle: "medium",
    hourCycle: "h23",
  });
  return (
    <dl className={panel.details}>
      <dt>{t("admin.audit.at")}</dt>
      <dd>{full.format(new Date(entry.at))}</dd>
      <dt>{t("admin.audit.by")}</dt>
      <dd>
        <Who id={entry.actor_id} name={entry.actor_name} />
      </dd>
      <dt>{t("admin.audit.to")}</dt>
      <dd>
        <Who id={entry.user_id} name={entry.user_name} />
      </dd>
      <dt>{t("admin.audit.from")}</dt>
      <dd>{entry.ip || "–"}</dd>
      <dt>{t("admin.audit.detail")}</dt>
      <dd>{entry.detail || "–"}</dd>
      <dt>{t("admin.audit.number")}</dt>
      <dd className={panel.mono}>
        {entry.id} · {entry.action}
      </dd>
    </dl>
  );
}

function Who({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation();
  if (id === 0) return name || t("admin.audit.nobody");
  return (
    <Link to="/admin/audit" search={{ about: id }} className="textlink">
      {name || `#${id}`}
    </Link>
  );
}
