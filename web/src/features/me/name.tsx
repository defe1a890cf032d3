import { TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { rename } from "@/api/account.ts";
import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import type { User } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./me.module.css";

const LONGEST_NAME = 64;

/** What others see beside one's songs. */
export function Name({ user }: { user: User }) {
  const { t } = useTranslation();
  const [name, setName] = useState(user.display_name);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const isSame = name.trim() === user.display_name;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (isSame || busy) return;
    setBusy(true);
    setRefusal(null);
    try {
      await rename(name.trim());
      toast({ text: t("me.saved"), tone: "plain" });
    } catch (error) {
      const field = error instanceof Problem ? error.field("display_name") : undefined;
      setRefusal(field ?? sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={css.group} aria-labelledby="name">
      <h2 className="t-label" id="name">
        {t("me.name")}
      </h2>
      <form className={css.inline} onSubmit={(event) => void save(event)}>
        <TextInput
          aria-label={t("account.displayName")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="nickname"
          maxLength={LONGEST_NAME}
          required
          withAsterisk={false}
          error={refusal}
          dir="auto"
        />
        <Button size="tall" type="submit" busy={busy} aria-disabled={isSame || busy}>
          {t("save")}
        </Button>
      </form>
    </section>
  );
}
