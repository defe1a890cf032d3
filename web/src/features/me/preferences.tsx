import { SegmentedControl, Switch, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "@/lib/i18n.ts";
import { setShortcuts, shortcuts } from "@/lib/shortcuts.ts";
import { useStore } from "@/lib/store.ts";
import css from "./me.module.css";

const THEMES = ["auto", "dark", "light"] as const;

/** How this browser shows the app. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const keys = useStore(shortcuts);
  return (
    <section className={css.group} aria-labelledby="here">
      <h2 className="t-label" id="here">
        {t("me.here")}
      </h2>
      <div className={css.setting}>
        <span id="language">{t("me.language")}</span>
        <SegmentedControl
          aria-labelledby="language"
          value={i18n.language}
          onChange={(language) => void chooseLanguage(language as Language)}
          data={LANGUAGES.map((value) => ({ value, label: t(`me.languages.${value}`) }))}
        />
      </div>
      <div className={css.setting}>
        <span id="theme">{t("me.theme")}</span>
        <SegmentedControl
          aria-labelledby="theme"
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}
          data={THEMES.map((value) => ({ value, label: t(`me.themes.${value}`) }))}
        />
      </div>
      <label className={css.setting} htmlFor="shortcuts">
        <span>
          {t("me.shortcuts")}
          <span className="t-2">{t("me.shortcutsHelp")}</span>
        </span>
        <Switch
          id="shortcuts"
          size="md"
          checked={keys}
          onChange={(event) => setShortcuts(event.currentTarget.checked)}
        />
      </label>
    </section>
  );
}
