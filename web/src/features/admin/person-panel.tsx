import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Account, change, type OneTimeLink as Given, person, resetLink } from "@/api/admin.ts";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { Button, IconButton } from "@/components/button.tsx";
import { IconX } from "@/components/icons.ts";
import { dateTime } from "@/lib/format.ts";
import { Ask } from "./ask.tsx";
import { Listing } from "./listing.tsx";
import { OneTimeLink } from "./one-time-link.tsx";
import css from "./panel.module.css";
import { PersonSessions } from "./person-sessions.tsx";
import { useRefusal } from "./refusal.ts";
import { RoleMenu } from "./role-menu.tsx";

/** Somebody: what they may do, where they are logged in, and what can be done about it. */
export function PersonPanel({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  const { data, error, refetch } = useQuery({
    queryKey: ["admin", "person", id],
    queryFn: () => person(id),
    enabled: isAdmin,
  });
  return (
    <div className={css.panel}>
      <div className={css.title}>
        <h2 className="t-title grow one" tabIndex={-1} data-autofocus>
          {data?.display_name ?? ""}
        </h2>
        <IconButton label={t("close")} onClick={onClose}>
          <IconX size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </div>
      <Listing data={data} error={error} onRetry={refetch}>
        {(account) => (
          <>
            <Facts account={account} />
            {account.role !== "guest" && <Actions account={account} />}
            <PersonSessions account={account} />
            <div className={css.group}>
              <Link to="/admin/audit" search={{ about: account.id }} className="textlink">
                {t("admin.person.audit")}
              </Link>
            </div>
          </>
        )}
      </Listing>
    </div>
  );
}

function Facts({ account }: { account: Account }) {
  const { t, i18n } = useTranslation();
  const facts = [
    account.username,
    t(`role.${account.role}`),
    account.disabled ? t("admin.people.isDisabled") : null,
    t("admin.person.since", { time: dateTime(account.created_at, i18n.language) }),
  ];
  return <p className={`t-2 ${css.facts}`}>{facts.filter(Boolean).join(" · ")}</p>;
}

function Actions({ account }: { account: Account }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useUser();
  const refusal = useRefusal();
  const [link, setLink] = useState<Given | null>(null);
  const [asking, setAsking] = useState(false);
  const name = account.display_name;
  const isMe = account.id === me?.id;
  const set = async (disabled: boolean) => {
    await change(account.id, { disabled });
    void queries.invalidateQueries({ queryKey: ["admin"] });
  };
  return (
    <>
      <div className={css.acts}>
        <RoleMenu account={account} />
        <Button
          size="small"
          refusal={refusal}
          onClick={() =>
            void attempt(async () => {
              setLink(await resetLink(account.id));
            })
          }
        >
          {t("admin.link.make")}
        </Button>
        {account.disabled ? (
          <Button size="small" refusal={refusal} onClick={() => void attempt(() => set(false))}>
            {t("admin.person.enable")}
          </Button>
        ) : (
          <Button
            size="small"
            refusal={refusal ?? (isMe ? t("admin.person.notMe") : undefined)}
            onClick={() => setAsking(true)}
          >
            {t("admin.person.disable")}
          </Button>
        )}
      </div>
      {link !== null && <OneTimeLink link={link} name={name} />}
      {asking && (
        <Ask
          title={t("admin.person.disableTitle", { name })}
          text={t("admin.person.disableText")}
          act={t("admin.person.disable")}
          onAct={() => set(true)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
