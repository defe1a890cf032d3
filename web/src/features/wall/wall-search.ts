import type { Language } from "@/lib/i18n.ts";

export const PANELS = ["queue", "score", "captions", "qr"] as const;
export type Panel = (typeof PANELS)[number];

/** What there is to show by now. What is asked for and not among these leaves its place to others. */
export const AVAILABLE = ["queue", "score", "qr"] as const satisfies readonly Panel[];
export type AvailablePanel = (typeof AVAILABLE)[number];

export interface WallSearch {
  show?: string;
  theme?: "dark" | "light";
  lang?: Language;
  background?: "transparent";
}

/** What the address of a wall asks for; whatever else stands there is nobody's business. */
export function wallSearch(search: Record<string, unknown>): WallSearch {
  const { show, theme, lang, background } = search;
  return {
    ...(typeof show === "string" && { show }),
    ...((theme === "dark" || theme === "light") && { theme }),
    ...((lang === "en" || lang === "ru") && { lang }),
    ...(background === "transparent" && { background }),
  };
}

/** The panels to show, in their order: those asked for that there are, else all that there are. */
export function panelsOf(show: string | undefined): readonly AvailablePanel[] {
  const asked = (show ?? "").split(",").map((name) => name.trim());
  const found = AVAILABLE.filter((panel) => asked.includes(panel));
  return found.length > 0 ? found : AVAILABLE;
}

/** The key of a link for screens, behind the # where browsers keep it to themselves. */
export const keyOf = (hash: string): string | null =>
  new URLSearchParams(hash.replace(/^#/, "")).get("key");

export interface Wanted {
  panels: readonly AvailablePanel[];
  theme: "dark" | "light";
  lang: Language;
  transparent: boolean;
}

/** What a new link is offered with: everything, dark as the room, in the language of its host. */
export const wantedFrom = (language: string): Wanted => ({
  panels: AVAILABLE,
  theme: "dark",
  lang: language === "ru" ? "ru" : "en",
  transparent: false,
});

/** The address of a wall, with the key of a link for screens where it has one. */
export function wallAddress(wanted: Wanted, key: string | null): string {
  const query = new URLSearchParams({ theme: wanted.theme, lang: wanted.lang });
  if (wanted.transparent) query.set("background", "transparent");
  // The commas stay commas, so that people can read and change the address.
  const show = `show=${wanted.panels.join(",")}`;
  return `/wall?${show}&${query}${key === null ? "" : `#key=${key}`}`;
}
