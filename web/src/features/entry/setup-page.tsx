import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { setUp } from "@/api/session.ts";
import { Button } from "@/components/button.tsx";
import { cx } from "@/lib/cx.ts";
import css from "./entry.module.css";
import { Entry, Refusal, text, useSending } from "./entry.tsx";
import { NewAccountFields } from "./new-account.tsx";

/** The first admin of a new box, by the one-time link that it prints. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { token } = useSearch({ from: "/setup" });
  const { busy, refusal, field, submit } = useSending(async (values) => {
    const password = String(values.get("password"));
    await setUp(token ?? "", text(values, "username"), password, text(values, "display_name"));
    await navigate({ to: "/welcome" });
  });
  return (
    <Entry title={t("setup.title")}>
      {token === undefined ? (
        <p>{t("setup.noToken")}</p>
      ) : (
        <form className={cx(css.form, css.start)} onSubmit={submit} noValidate>
          <p className="t-2">{t("setup.help")}</p>
          <NewAccountFields error={field} />
          <Refusal text={refusal} />
          <Button look="main" size="tall" wide type="submit" busy={busy}>
            {t("setup.do")}
          </Button>
        </form>
      )}
    </Entry>
  );
}
