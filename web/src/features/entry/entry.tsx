import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import { Brand } from "@/components/brand.tsx";
import { LanguageSwitch } from "@/components/language-switch.tsx";
import { cx } from "@/lib/cx.ts";
import { useWindowTitle } from "@/lib/use-window-title.ts";
import css from "./entry.module.css";

/** The frame of the pages in front of the door. */
export function Entry({ title, children }: { title?: string; children: ReactNode }) {
  const { t } = useTranslation();
  useWindowTitle(title ?? t("join.title"));
  return (
    <main className={css.entry}>
      <div className={css.top}>
        <span className="line strong">
          <Brand />
          Backline
        </span>
        <LanguageSwitch className={css.language} />
      </div>
      {title !== undefined && <h1 className={cx("t-big", css.title)}>{title}</h1>}
      {children}
    </main>
  );
}

interface Sending {
  busy: boolean;
  refusal: string | null;
  /** The sentence about one field, shown under it. */
  field: (name: string) => string | undefined;
  submit: (event: FormEvent<HTMLFormElement>) => void;
}

/** Sends a form once at a time, and keeps what the server had against it. */
export function useSending(send: (values: FormData) => Promise<void>): Sending {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [empty, setEmpty] = useState<readonly string[]>([]);
  const submit = async (form: HTMLFormElement) => {
    setBusy(true);
    setError(null);
    try {
      await send(new FormData(form));
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  const field = (name: string) => {
    if (empty.includes(name)) return t("account.empty");
    return error instanceof Problem ? error.field(name) : undefined;
  };
  const hasFields = error instanceof Problem && error.fields.length > 0;
  return {
    busy,
    refusal: error === null || hasFields ? null : sentenceOf(error),
    field,
    submit: (event) => {
      event.preventDefault();
      if (busy) return;
      // The browser would say so in its own language, and in a bubble that goes away.
      const [first, ...more] = emptyFields(event.currentTarget);
      setEmpty([first, ...more].flatMap((one) => one?.name ?? []));
      if (first === undefined) void submit(event.currentTarget);
      else first.focus();
    },
  };
}

function emptyFields(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>("input[required]")].filter(
    ({ type, value }) => (type === "password" ? value : value.trim()) === "",
  );
}

export function Refusal({ text }: { text: string | null }) {
  return <div role="alert">{text === null ? null : <p className={css.refusal}>{text}</p>}</div>;
}

/** A field of a form as it was filled in, without the spaces around it. */
export function text(values: FormData, name: string): string {
  return String(values.get(name) ?? "").trim();
}
