import { PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { changePassword } from "@/api/account.ts";
import { sentenceOf } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import { Problem } from "@/api/problem.ts";
import { Button } from "@/components/button.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./me.module.css";

/** A new password, for who knows the present one. */
export function Password() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <section className={css.group} aria-labelledby="password">
      <h2 className="t-label" id="password">
        {t("account.password")}
      </h2>
      {open ? (
        <PasswordForm onDone={() => setOpen(false)} />
      ) : (
        <div>
          <Button onClick={() => setOpen(true)}>{t("me.changePassword")}</Button>
        </div>
      )}
    </section>
  );
}

interface Refusals {
  current?: string | undefined;
  next?: string | undefined;
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const user = useUser();
  const [refusals, setRefusals] = useState<Refusals>({});
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setBusy(true);
    setRefusals({});
    try {
      await changePassword(String(values.get("current")), String(values.get("next")));
      toast({ text: t("me.passwordChanged"), tone: "plain" });
      onDone();
    } catch (error) {
      setRefusals(refusalsOf(error, t("me.wrongPassword")));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={css.form} onSubmit={(event) => void save(event)}>
      {/* A password manager has to know whose password changes. */}
      <input
        className="vh"
        autoComplete="username"
        value={user?.username ?? ""}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <PasswordInput
        name="current"
        label={t("me.currentPassword")}
        visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
        autoComplete="current-password"
        required
        withAsterisk={false}
        autoFocus
        error={refusals.current}
      />
      <PasswordInput
        name="next"
        label={t("me.newPassword")}
        description={t("account.passwordHint")}
        inputWrapperOrder={["label", "input", "error", "description"]}
        visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
        autoComplete="new-password"
        required
        withAsterisk={false}
        error={refusals.next}
      />
      <p className="t-2">{t("me.passwordHelp")}</p>
      <div className="line">
        <Button look="main" type="submit" busy={busy}>
          {t("me.changePassword")}
        </Button>
        <Button look="quiet" onClick={onDone}>
          {t("me.cancel")}
        </Button>
      </div>
    </form>
  );
}

function refusalsOf(error: unknown, wrong: string): Refusals {
  if (!(error instanceof Problem)) return { next: sentenceOf(error) };
  const next = error.field("new_password") ?? error.field("password");
  if (next !== undefined) return { next };
  if (error.reason === "WEAK_PASSWORD") return { next: sentenceOf(error) };
  return { current: error.reason === "WRONG_CREDENTIALS" ? wrong : sentenceOf(error) };
}
