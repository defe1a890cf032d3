import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { entryOptions } from "@/api/account.ts";
import { sentenceOf } from "@/api/attempt.ts";
import { roomFacts } from "@/api/playback.ts";
import { Button } from "@/components/button.tsx";
import { IconPrinter } from "@/components/icons.ts";
import { currentLanguage, LANGUAGES, type Language, showLanguage } from "@/lib/i18n.ts";
import { joinAddress } from "@/lib/join-address.ts";
import { useWindowTitle } from "@/lib/use-window-title.ts";
import css from "./print.module.css";
import { SheetCard } from "./sheet-card.tsx";

/** How an A4 page is divided. */
const SIZES = { poster: 1, halves: 2, quarters: 4, tent: 2 } as const;
type Size = keyof typeof SIZES;

const NAMES: Record<Language, string> = { en: "English", ru: "Русский" };
const COMMAND = "backline up --host 0.0.0.0";

/** A sheet for the tables: the way in, on paper. */
export function PrintPage() {
  const { t } = useTranslation();
  const [size, setSize] = useState<Size>("tent");
  const [language, setLanguage] = useState(currentLanguage);
  const { data, error, refetch } = useQuery({ queryKey: ["sheet"], queryFn: facts });
  const address = data && joinAddress(data.options, location.origin);
  useWindowTitle(t("print.title"));
  const choose = (next: Language) => {
    setLanguage(next);
    void showLanguage(next);
  };
  return (
    <main className={css.page}>
      <header className={css.bar}>
        <a className="textlink alone" href="/host">
          {t("print.back")}
        </a>
        <h1 className="t-title">{t("print.title")}</h1>
        <SegmentedControl
          aria-label={t("print.size")}
          value={size}
          data={Object.keys(SIZES).map((value) => ({
            value,
            label: t(`print.sizes.${value as Size}`),
          }))}
          onChange={(value) => setSize(value as Size)}
          transitionDuration={0}
        />
        <SegmentedControl
          aria-label={t("print.language")}
          value={language}
          data={LANGUAGES.map((value) => ({ value, label: NAMES[value] }))}
          onChange={(value) => choose(value as Language)}
          transitionDuration={0}
        />
        <Button
          look="main"
          icon={<IconPrinter size={20} stroke={1.75} aria-hidden="true" />}
          refusal={address == null ? t("print.notYet") : undefined}
          onClick={() => print()}
        >
          {t("print.print")}
        </Button>
      </header>
      {error !== null && data === undefined && (
        <div className={css.note} role="alert">
          <p>{sentenceOf(error)}</p>
          <Button onClick={() => void refetch()}>{t("again")}</Button>
        </div>
      )}
      {address === null && (
        <div className={css.note} role="alert">
          <p className="strong">{t("print.onlyHere")}</p>
          <p>{t("print.howTo")}</p>
          <p>
            <code>{COMMAND}</code>
          </p>
        </div>
      )}
      {data !== undefined && address != null && (
        <section className={css.sheet} data-size={size} aria-label={t("print.sheet")}>
          {Array.from({ length: SIZES[size] }, (_, number) => (
            <SheetCard
              // biome-ignore lint/suspicious/noArrayIndexKey: copies of one card have no identity.
              key={number}
              room={data.room}
              guests={data.options.guests}
              address={address}
            />
          ))}
          {size === "tent" && <p className={css.fold}>{t("print.fold")}</p>}
        </section>
      )}
    </main>
  );
}

async function facts() {
  const [room, options] = await Promise.all([roomFacts(), entryOptions()]);
  return { room, options };
}
