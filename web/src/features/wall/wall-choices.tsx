import { SegmentedControl, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@/lib/i18n.ts";
import css from "./wall-links.module.css";
import { AVAILABLE, type Wanted } from "./wall-search.ts";

interface Props {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
}

const NAMES = { en: "English", ru: "Русский" } as const;
const THEMES = ["dark", "light"] as const;

/** What a wall shows, and how. All of it stands in the address. */
export function WallChoices({ wanted, onChange }: Props) {
  const { t } = useTranslation();
  const { panels, theme, lang, transparent } = wanted;
  return (
    <div className={css.choices}>
      <fieldset>
        <legend className="t-label">{t("wall.links.show")}</legend>
        {AVAILABLE.map((panel) => {
          const isOn = panels.includes(panel);
          const isLast = isOn && panels.length === 1;
          return (
            <Switch
              key={panel}
              label={t(`wall.links.panel.${panel}`)}
              description={isLast ? t("wall.links.onePanel") : undefined}
              checked={isOn}
              disabled={isLast}
              onChange={() =>
                onChange({
                  ...wanted,
                  panels: AVAILABLE.filter((one) => (one === panel) !== panels.includes(one)),
                })
              }
            />
          );
        })}
        <Switch
          label={t("wall.links.transparent")}
          checked={transparent}
          onChange={(event) => onChange({ ...wanted, transparent: event.currentTarget.checked })}
        />
      </fieldset>
      <SegmentedControl
        aria-label={t("wall.links.theme")}
        value={theme}
        data={THEMES.map((value) => ({ value, label: t(`wall.links.themes.${value}`) }))}
        onChange={(value) => onChange({ ...wanted, theme: value as Wanted["theme"] })}
        transitionDuration={0}
      />
      <SegmentedControl
        aria-label={t("wall.links.language")}
        value={lang}
        data={LANGUAGES.map((value) => ({ value, label: NAMES[value] }))}
        onChange={(value) => onChange({ ...wanted, lang: value as Wanted["lang"] })}
        transitionDuration={0}
      />
    </div>
  );
}
