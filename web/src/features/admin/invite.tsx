import { Modal, SegmentedControl, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AccountRole, invite, type OneTimeLink as Link } from "@/api/admin.ts";
import { sentenceOf } from "@/api/attempt.ts";
import { Button } from "@/components/button.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import { OneTimeLink } from "./one-time-link.tsx";
import css from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

const ROLES = ["listener", "host", "admin"] as const;

/** Makes an account; its owner chooses the password by a link. */
export function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<{ name: string; link: Link } | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      size={520}
      title={
        <span className="t-title">
          {made === null ? t("admin.invite.title") : t("admin.invite.made", { name: made.name })}
        </span>
      }
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      {made === null ? (
        <Form onMade={(name, link) => setMade({ name, link })} />
      ) : (
        <div className={css.form}>
          <OneTimeLink {...made} />
          <div className={css.buttons}>
            <Button look="main" onClick={onClose}>
              {t("admin.done")}
            </Button>
          </div>
        </div>
      )}
    </Modal>
  );
}

function Form({ onMade }: { onMade: (name: string, link: Link) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refusal = useRefusal();
  const [username, setUsername] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<AccountRole>("listener");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    if (busy || refusal !== undefined) return;
    setBusy(true);
    setError(null);
    try {
      const given = name.trim() === "" ? {} : { display_name: name.trim() };
      const made = await invite({ username: username.trim(), role, ...given });
      onMade(made.user.display_name, made.link);
      await queries.invalidateQueries({ queryKey: ["admin"] });
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <TextInput
        label={t("account.username")}
        description={t("admin.invite.usernameHint")}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        autoComplete="off"
        autoCapitalize="none"
        maxLength={32}
        required
        withAsterisk={false}
        data-autofocus
      />
      <TextInput
        label={t("account.displayName")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        maxLength={64}
      />
      <div className={css.link}>
        <span className="t-label" id="invite-role">
          {t("admin.people.role")}
        </span>
        <SegmentedControl
          aria-labelledby="invite-role"
          value={role}
          onChange={(value) => setRole(value as AccountRole)}
          data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        />
      </div>
      {error !== null && (
        <p className="wrong" role="alert">
          {sentenceOf(error)}
        </p>
      )}
      <NoLonger needs="admin" />
      <div className={css.buttons}>
        <Button look="main" type="submit" busy={busy} refusal={refusal} explained>
          {t("admin.invite.act")}
        </Button>
      </div>
    </form>
  );
}
