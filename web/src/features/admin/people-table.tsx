import { useTranslation } from "react-i18next";
import type { Account } from "@/api/admin.ts";
import { Empty } from "@/components/empty.tsx";
import { IconBan, IconUsers } from "@/components/icons.ts";
import { momentOf } from "@/lib/format.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./admin.module.css";
import { RoleMenu } from "./role-menu.tsx";

interface Props {
  people: Account[];
  chosen: number | undefined;
  /** What is said when there is nobody. */
  nobody: string;
  onChoose: (id: number) => void;
}

export function PeopleTable({ people, chosen, nobody, onChoose }: Props) {
  const { t, i18n } = useTranslation();
  const isPhone = useIsPhone();
  if (people.length === 0) {
    return <Empty icon={<IconUsers size={32} stroke={1.5} aria-hidden="true" />} text={nobody} />;
  }
  return (
    <table className={css.table}>
      <colgroup>
        <col />
        <col className={css.deskOnly} style={{ width: "20%" }} />
        <col style={{ width: isPhone ? 176 : 168 }} />
        <col className={css.deskOnly} style={{ width: 132 }} />
        <col className={css.deskOnly} style={{ width: 104 }} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("admin.people.name")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.people.username")}
          </th>
          <th scope="col">{t("admin.people.role")}</th>
          <th scope="col" className={css.deskOnly}>
            {t("admin.people.seen")}
          </th>
          <th scope="col" className={`${css.right} ${css.deskOnly}`}>
            {t("admin.people.sessions")}
          </th>
        </tr>
      </thead>
      <tbody>
        {people.map((account) => (
          <tr key={account.id} data-chosen={account.id === chosen} data-off={account.disabled}>
            <td className={css.what}>
              <button type="button" className={css.rowButton} onClick={() => onChoose(account.id)}>
                {account.display_name}
              </button>
            </td>
            <td className={css.deskOnly}>{account.username}</td>
            <td className={css.whole}>
              {account.disabled ? (
                <span className={css.state}>
                  <IconBan size={16} stroke={2} aria-hidden="true" />
                  {t("admin.people.isDisabled")}
                </span>
              ) : (
                <RoleMenu account={account} />
              )}
            </td>
            <td className={css.deskOnly}>
              {account.last_seen_at === null
                ? t("admin.people.never")
                : momentOf(account.last_seen_at, i18n.language)}
            </td>
            <td className={`${css.right} ${css.deskOnly}`}>{account.sessions}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
