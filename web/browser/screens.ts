import type { Browser, Page } from "playwright-core";
import type { RoomDocument, User } from "../src/api/types.ts";
import { NOW, users } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";

export interface Screen {
  name: string;
  path: string;
  user: User | null;
  room?: RoomDocument;
  /** Brings the screen into the state that is meant. */
  prepare?: (page: Page, language: "en" | "ru") => Promise<void>;
}

/** The screen of one language and width is opened once, and looked at in both themes. */
export interface Look {
  language: "en" | "ru";
  theme: "dark" | "light";
  width: 390 | 1280;
}

const LOCALES = { en: "en-GB", ru: "ru-RU" };

export const LOOKS: Look[] = (["en", "ru"] as const).flatMap((language) =>
  ([390, 1280] as const).map((width) => ({ language, theme: "dark", width })),
);

const MORE = { en: /^More for Northbound/, ru: /^Ещё для «Northbound/ };
const RULE = { en: /^Fair turns/, ru: /^По очереди/ };
const ADD = { en: "Add Orange Peel Moon", ru: "Добавить «Orange Peel Moon»" };

export const SCREENS: Screen[] = [
  { name: "room of a host", path: "/", user: users.host },
  { name: "room of a listener", path: "/", user: users.sam },
  {
    name: "row menu",
    path: "/",
    user: users.host,
    prepare: (page, language) => page.getByRole("button", { name: MORE[language] }).click(),
  },
  {
    name: "rule",
    path: "/",
    user: users.host,
    prepare: (page, language) => page.getByRole("button", { name: RULE[language] }).click(),
  },
  { name: "played", path: "/?tab=played", user: users.host },
  { name: "yours", path: "/?tab=yours", user: users.guest },
  {
    name: "add sheet",
    path: "/?add=true",
    user: users.sam,
    prepare: async (page, language) => {
      await page.getByRole("searchbox").fill("orange");
      await page.locator("mark").first().waitFor();
      await page.getByRole("button", { name: ADD[language] }).click();
      await page.getByText("23:07").waitFor();
    },
  },
  { name: "join", path: "/join", user: null },
  { name: "log in", path: "/login", user: null },
  { name: "register", path: "/register", user: null },
  { name: "setup", path: "/setup?token=x", user: null },
  { name: "reset", path: "/reset?token=x", user: null },
  { name: "me", path: "/me", user: users.host },
  { name: "host", path: "/host", user: users.host },
  { name: "line-up", path: "/lineup", user: users.guest },
  { name: "captions", path: "/captions", user: users.guest },
  { name: "shop", path: "/shop", user: users.guest },
  { name: "tasks", path: "/tasks", user: users.host },
];

/** Opens a screen as one person sees it on that evening; the page must be closed by the caller. */
export async function openScreen(
  browser: Browser,
  base: string,
  screen: Screen,
  { language, theme, width }: Look,
  scale = 1,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width, height: width === 390 ? 844 : 800 },
    deviceScaleFactor: scale,
    colorScheme: theme,
    locale: LOCALES[language],
    timezoneId: "UTC",
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  context.setDefaultTimeout(10_000);
  await fakeServices(context, {
    user: screen.user,
    ...(screen.room === undefined ? {} : { room: screen.room }),
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW);
  await page.goto(screen.path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  if (screen.user !== null) await page.getByText("The Valve Room").first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  await page.waitForLoadState("networkidle");
  await screen.prepare?.(page, language);
  return page;
}
