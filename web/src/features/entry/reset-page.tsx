import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { resetPassword } from "@/api/session.ts";
import { Button } from "@/components/button.tsx";
import { cx } from "@/lib/cx.ts";
import { toast } from "@/lib/toasts.ts";
import css from "./entry.module.css";
import { Entry, Refusal, useSending } from "./entry.tsx";
import { NewPassword } from "./new-account.tsx";

/** A new password, by a link that a host or admin made. */
export function ResetPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { token } = useSearch({ from: "/reset" });
  const { busy, refusal, field, submit } = useSending(async (values) => {
    await resetPassword(token ?? "", String(values.get("password")));
    toast({ text: t("reset.done"), tone: "plain" });
    await navigate({ to: "/login" });
  });
  return (
    <Entry title={t("reset.title")}>
      {token === undefined ? (
        <p>{t("reset.noToken")}</p>
      ) : (
        <form className={cx(css.form, css.start)} onSubmit={submit} noValidate>
          <NewPassword error={field("password")} />
          <Refusal text={refusal} />
          <Button look="main" size="tall" wide type="submit" busy={busy}>
            {t("reset.do")}
          </Button>
        </form>
      )}
    </Entry>
  );
}
