import { SegmentedControl, TextInput, useMantineColorScheme } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { rename } from "@/api/account.ts";
import { attempt } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import { logOut } from "@/api/session.ts";
import type { User } from "@/api/types.ts";
import { Avatar } from "@/components/avatar.tsx";
import { Button } from "@/components/button.tsx";
import { IconLogout } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";
import { chooseLanguage, LANGUAGES, type Language } from "@/lib/i18n.ts";
import { toast } from "@/lib/toasts.ts";
import css from "./me.module.css";
import { Sessions } from "./sessions.tsx";

export function MePage() {
  const { t } = useTranslation();
  const user = useUser();
  if (user === null) return null;
  return (
    <Page title={t("places.me")}>
      <div className={css.who}>
        <Avatar name={user.display_name} />
        <div>
          <p className="strong">{user.display_name}</p>
          <p className="t-2">
            {[user.role === "guest" ? null : user.username, t(`role.${user.role}`)]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
      </div>
      <Name user={user} />
      <Look />
      <Sessions />
      <section className={css.group}>
        <div>
          <Button
            icon={<IconLogout size={20} stroke={1.75} aria-hidden="true" />}
            onClick={() => void attempt(logOut)}
          >
            {t("me.logOut")}
          </Button>
        </div>
      </section>
    </Page>
  );
}

function Name({ user }: { user: User }) {
  const { t } = useTranslation();
  const [name, setName] = useState(user.display_name);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    if (await attempt(() => rename(name.trim()))) toast({ text: t("me.saved"), tone: "plain" });
    setBusy(false);
  };
  return (
    <form
      className={`${css.group} ${css.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextInput
        label={t("account.displayName")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="nickname"
        maxLength={64}
        required
        withAsterisk={false}
      />
      <Button size="tall" type="submit" busy={busy || name.trim() === user.display_name}>
        {t("save")}
      </Button>
    </form>
  );
}

function Look() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <section className={css.group} aria-labelledby="language">
        <h2 className="t-label" id="language">
          {t("me.language")}
        </h2>
        <div>
          <SegmentedControl
            aria-labelledby="language"
            value={i18n.language}
            onChange={(language) => void chooseLanguage(language as Language)}
            data={LANGUAGES.map((value) => ({ value, label: t(`me.languages.${value}`) }))}
          />
        </div>
      </section>
      <section className={css.group} aria-labelledby="theme">
        <h2 className="t-label" id="theme">
          {t("me.theme")}
        </h2>
        <div>
          <SegmentedControl
            aria-labelledby="theme"
            value={colorScheme}
            onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}
            data={(["auto", "dark", "light"] as const).map((value) => ({
              value,
              label: t(`me.themes.${value}`),
            }))}
          />
        </div>
      </section>
    </>
  );
}
