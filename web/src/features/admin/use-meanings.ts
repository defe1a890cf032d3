import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Setting } from "@/api/admin.ts";

type Meanings = Record<string, string>;

/** What each setting means; the services know it in English, the other languages are here. */
export function useMeanings(): (setting: Setting) => string {
  const { i18n } = useTranslation();
  const words = useQuery({
    queryKey: ["meanings", i18n.language],
    queryFn: async (): Promise<Meanings> =>
      i18n.language === "ru" ? (await import("./settings.ru.json")).default : {},
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  return ({ name, means }) => words?.[name] ?? means;
}
