import { PasswordInput, TextInput } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { logIn } from "@/api/session.ts";
import { Button } from "@/components/button.tsx";
import { cx } from "@/lib/cx.ts";
import css from "./entry.module.css";
import { Entry, Refusal, text, useSending } from "./entry.tsx";
import { useEnter } from "./use-enter.ts";

export function LoginPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ from: "/login" });
  const enter = useEnter(next);
  const kept = next === undefined ? {} : { next };
  const { busy, refusal, field, submit } = useSending(async (values) => {
    await logIn(text(values, "username"), String(values.get("password")));
    enter();
  });
  return (
    <Entry title={t("login.title")}>
      <form className={cx(css.form, css.start)} onSubmit={submit} noValidate>
        <TextInput
          name="username"
          label={t("account.username")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          error={field("username")}
        />
        <PasswordInput
          name="password"
          label={t("account.password")}
          visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
          autoComplete="current-password"
          required
          withAsterisk={false}
          error={field("password")}
        />
        <Refusal text={refusal} />
        <Button look="main" size="tall" wide type="submit" busy={busy}>
          {t("login.do")}
        </Button>
        <p className={`t-2 ${css.foot}`}>
          {t("login.noAccount")}{" "}
          <Link to="/register" search={kept} className="textlink">
            {t("register.link")}
          </Link>
        </p>
        <p className={`t-2 ${css.foot}`}>
          <Link to="/join" search={kept} className="textlink alone">
            {t("login.asGuest")}
          </Link>
        </p>
      </form>
    </Entry>
  );
}
