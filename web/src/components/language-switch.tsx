import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "@/lib/i18n.ts";
import { Button } from "./button.tsx";
import { IconLanguage } from "./icons.ts";

/** Shows the language in use; pressed, it takes the next one. */
export function LanguageSwitch({ className }: { className?: string | undefined }) {
  const { t, i18n } = useTranslation();
  const here = LANGUAGES.indexOf(i18n.language as Language);
  const next = LANGUAGES[(here + 1) % LANGUAGES.length] ?? "en";
  return (
    <Button
      look="quiet"
      size="small"
      className={className}
      aria-label={t("language.change")}
      icon={<IconLanguage size={20} stroke={1.75} aria-hidden="true" />}
      onClick={() => void chooseLanguage(next)}
    >
      {t("language.name")}
    </Button>
  );
}
