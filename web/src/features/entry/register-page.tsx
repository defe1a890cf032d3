import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { register } from "@/api/session.ts";
import { Button } from "@/components/button.tsx";
import { cx } from "@/lib/cx.ts";
import css from "./entry.module.css";
import { Entry, Refusal, text, useSending } from "./entry.tsx";
import { NewAccountFields } from "./new-account.tsx";
import { useEnter } from "./use-enter.ts";

export function RegisterPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/register" });
  const enter = useEnter(next);
  const { busy, refusal, field, submit } = useSending(async (values) => {
    const password = String(values.get("password"));
    await register(text(values, "username"), password, text(values, "display_name"));
    enter();
  });
  return (
    <Entry title={t("register.title")}>
      <form className={cx(css.form, css.start)} onSubmit={submit} noValidate>
        <NewAccountFields error={field} />
        <Refusal text={refusal} />
        <Button look="main" size="tall" wide type="submit" busy={busy}>
          {t("register.do")}
        </Button>
        <p className={`t-2 ${css.foot}`}>
          {t("join.haveAccount")}{" "}
          <Link to="/login" search={next === undefined ? {} : { next }} className="textlink">
            {t("login.do")}
          </Link>
        </p>
      </form>
    </Entry>
  );
}
