import { PasswordInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The fields of a new account, with the server's sentences under them. */
export function NewAccountFields({ error }: { error: (name: string) => string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        name="username"
        label={t("account.username")}
        description={t("account.usernameHint")}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        error={error("username")}
      />
      <TextInput
        name="display_name"
        label={t("account.displayName")}
        description={t("account.displayNameHint")}
        autoComplete="nickname"
        maxLength={64}
        error={error("display_name")}
      />
      <NewPassword error={error("password")} />
    </>
  );
}

export function NewPassword({ error }: { error: string | undefined }) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      name="password"
      label={t("account.password")}
      description={t("account.passwordHint")}
      visibilityToggleButtonProps={{ "aria-label": t("account.showPassword") }}
      autoComplete="new-password"
      required
      withAsterisk={false}
      error={error}
    />
  );
}
