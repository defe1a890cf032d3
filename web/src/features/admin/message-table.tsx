import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeadLetter } from "@/api/admin.ts";
import { IconChevronDown, IconChevronRight } from "@/components/icons.ts";
import { dateTime, span } from "@/lib/format.ts";
import { serverNow } from "@/lib/server-now.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { MessageDetails } from "./message-details.tsx";
import panel from "./panel.module.css";

/** The first message of each key that stands still; each opens to what it says. */
export function MessageTable({ letters }: { letters: DeadLetter[] }) {
  const { t, i18n } = useTranslation();
  const isPhone = useIsPhone();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <table className={css.table}>
      <colgroup>
        <col />
        <col className={css.deskOnly} style={{ width: 156 }} />
        <col className={css.deskOnly} style={{ width: 220 }} />
        <col style={{ width: isPhone ? 72 : 104 }} />
        <col style={{ width: isPhone ? 96 : 132 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("admin.messages.message")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.messages.group")}
          </th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.messages.reason")}
          </th>
          <th scope="col" className={css.right}>
            {t("admin.messages.behind")}
          </th>
          <th scope="col" className={css.right}>
            {t("admin.messages.age")}
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => {
          const isOpen = letter.id === open;
          const Chevron = isOpen ? IconChevronDown : IconChevronRight;
          const age = (serverNow() - Date.parse(letter.parked_at)) / 1000;
          return (
            <Fragment key={letter.id}>
              <tr data-chosen={isOpen}>
                <td className={css.what}>
                  <button
                    type="button"
                    className={css.rowButton}
                    aria-expanded={isOpen}
                    onClick={() => setOpen(isOpen ? null : letter.id)}
                  >
                    <span className={css.foldable}>
                      <Chevron size={16} stroke={2} aria-hidden="true" />
                      <span className={css.sentence}>
                        {letter.type} <span className="t-2">{letter.key}</span>
                      </span>
                    </span>
                  </button>
                </td>
                <td className={css.deskOnly}>{letter.group}</td>
                <td className={css.deskOnly}>
                  {letter.decision === null ? (
                    <span className={panel.mono}>{letter.reason}</span>
                  ) : (
                    t(`admin.messages.decided.${letter.decision}`)
                  )}
                </td>
                <td className={css.right}>{letter.behind}</td>
                <td className={css.right}>
                  <time
                    dateTime={letter.parked_at}
                    title={dateTime(letter.parked_at, i18n.language)}
                  >
                    {span(Math.max(0, age), i18n.language)}
                  </time>
                </td>
              </tr>
              {isOpen && (
                <tr>
                  <td colSpan={isPhone ? 3 : 5} className={css.wrap}>
                    <MessageDetails letter={letter} />
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
