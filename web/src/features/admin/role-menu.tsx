import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Account, type AccountRole, change } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import { IconCheck, IconChevronDown } from "@/components/icons.ts";
import { Why } from "@/components/why.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./admin.module.css";
import { Ask } from "./ask.tsx";
import { useRefusal } from "./refusal.ts";

const ROLES = ["listener", "host", "admin"] as const;

/** The role of somebody, changed in place; what takes rights away is asked first. */
export function RoleMenu({ account }: { account: Account }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useUser();
  const refusal = useRefusal();
  const [asked, setAsked] = useState<AccountRole | null>(null);
  if (account.role === "guest") return <>{t("role.guest")}</>;
  const now = ROLES.indexOf(account.role);
  const name = account.display_name;

  const give = async (role: AccountRole) => {
    await change(account.id, { role });
    toast({ text: t("admin.role.changed", { name, role: t(`role.${role}`) }), tone: "plain" });
    void queries.invalidateQueries({ queryKey: ["admin"] });
  };
  const chip = (
    <button
      type="button"
      className={css.chip}
      aria-label={t("admin.role.of", { name, role: t(`role.${account.role}`) })}
      aria-disabled={refusal !== undefined || undefined}
    >
      {t(`role.${account.role}`)}
      <IconChevronDown size={16} stroke={2} aria-hidden="true" />
    </button>
  );
  if (refusal !== undefined) return <Why text={refusal}>{chip}</Why>;
  return (
    <>
      <Menu width={264} position="bottom-start" transitionProps={{ duration: 0 }}>
        <Menu.Target>{chip}</Menu.Target>
        <Menu.Dropdown>
          {ROLES.map((role, rank) => (
            <Menu.Item
              key={role}
              rightSection={
                role === account.role && <IconCheck size={16} stroke={2} aria-hidden="true" />
              }
              onClick={() => {
                if (role === account.role) return;
                if (rank < now) setAsked(role);
                else void attempt(() => give(role));
              }}
            >
              {t(`admin.role.may.${role}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked !== null && (
        <Ask
          title={t(`admin.role.lessTitle`, { name, role: t(`role.${asked}`) })}
          text={account.id === me?.id ? t("admin.role.lessMe") : t("admin.role.less", { name })}
          act={t("admin.role.take")}
          onAct={() => give(asked)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
