import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { words } from "@/locales/en/index.ts";
import { isolated } from "./isolated.ts";
import { REFUSALS } from "./refusals.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof words };
  }
}

export const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = "backline.language";

const load: Record<Language, () => Promise<{ words: object }>> = {
  en: () => import("@/locales/en/index.ts"),
  ru: () => import("@/locales/ru/index.ts"),
};

const loadRefusals: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("@/locales/en/refusals.json"),
  ru: () => import("@/locales/ru/refusals.json"),
};

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language);
}

/** What was chosen here, else the first of the browser's languages that we speak. */
function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? "en";
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    fallbackLng: false,
    // React escapes what it renders; what may run from right to left is kept to itself.
    interpolation: { escapeValue: true, escape: isolated },
    react: { useSuspense: false },
  });
  await showLanguage(preferred());
}

/** Makes the words of a language known, without showing them yet. */
export async function loadLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await load[language]()).words);
    // Nothing is refused before something is shown: these may come later.
    loadRefusals[language]()
      .then((refusals) => i18next.addResourceBundle(language, REFUSALS, refusals.default))
      .catch(() => {});
  }
}

/** For this page only: what was chosen in this browser stays. */
export async function showLanguage(language: Language): Promise<void> {
  await loadLanguage(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED, language);
  await showLanguage(language);
}

export const currentLanguage = (): Language =>
  isLanguage(i18next.language) ? i18next.language : "en";
