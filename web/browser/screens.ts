import type { Browser, Page } from "playwright-core";
import type { Act, OwnScore } from "../src/api/acts.ts";
import type { RoomDocument, User } from "../src/api/types.ts";
import { NOW, users } from "./evening.ts";
import { refusedAndPending, threeOpen } from "./fake-lineup.ts";
import { type FakeServices, fakeServices } from "./fake-services.ts";
import type { Alarm } from "./host-facts.ts";

export interface Screen {
  name: string;
  path: string;
  user: User | null;
  room?: RoomDocument;
  /** What the box says is wrong. */
  alarms?: Alarm[];
  acts?: Act[];
  scores?: OwnScore[];
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

const WALL = { en: "Wall", ru: "Экран" };
const INVITE = { en: "Invite with a QR code", ru: "Пригласить по QR-коду" };
const THE_WALL = { en: "The wall", ru: "Экран для всех" };

export const SCREENS: Screen[] = [
  { name: "room of a host", path: "/", user: users.host },
  { name: "room of a listener", path: "/", user: users.sam },
  {
    name: "row menu",
    path: "/",
    user: users.host,
    prepare: async (page, language) => {
      await page.getByRole("button", { name: MORE[language] }).click();
      await page.getByRole("menu").waitFor();
    },
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
  {
    name: "host with alarms",
    path: "/host",
    user: users.host,
    alarms: [{ code: "player_unreachable" }, { code: "disk_low", metadata: { free_bytes: 1e9 } }],
  },
  {
    name: "the rule of a host",
    path: "/host",
    user: users.host,
    prepare: (page, language) => page.getByRole("button", { name: RULE[language] }).click(),
  },
  { name: "line-up", path: "/lineup", user: users.guest },
  { name: "line-up without acts", path: "/lineup", user: users.host, acts: [] },
  { name: "an act that closed", path: "/lineup/4", user: users.sam },
  { name: "acts of a host", path: "/host/lineup", user: users.host },
  { name: "a new act", path: "/host/lineup?new=true", user: users.host },
  {
    name: "a refused score, a kept one, and none",
    path: "/lineup",
    user: users.guest,
    acts: threeOpen,
    scores: refusedAndPending,
  },
  { name: "captions", path: "/captions", user: users.guest },
  { name: "shop", path: "/shop", user: users.guest },
  { name: "first steps", path: "/welcome", user: users.admin },
  { name: "tasks", path: "/tasks", user: users.host },
  { name: "people", path: "/admin/people?user=12", user: users.admin },
  { name: "guests of the box", path: "/admin/people?show=guests", user: users.admin },
  {
    name: "audit log",
    path: "/admin/audit",
    user: users.admin,
    prepare: (page) => page.locator("td button").first().click(),
  },
  { name: "settings", path: "/admin/settings", user: users.admin },
  { name: "integrity", path: "/admin/integrity", user: users.admin },
  {
    name: "messages that wait",
    path: "/admin/messages",
    user: users.admin,
    prepare: (page) => page.locator("td button").first().click(),
  },
  { name: "backups", path: "/admin/backups", user: users.admin },
  { name: "wall", path: "/wall?show=queue,qr#key=x", user: null },
  { name: "wall in light", path: "/wall?show=queue,qr&theme=light#key=x", user: null },
  { name: "wall with a score", path: "/wall?show=score,qr#key=x", user: null },
  { name: "wall with all", path: "/wall?show=queue,score,qr&theme=light#key=x", user: null },
  {
    name: "links for screens",
    path: "/host",
    user: users.host,
    prepare: async (page, language) => {
      if ((page.viewportSize()?.width ?? 0) < 720) {
        await page.getByRole("button", { name: INVITE[language] }).click();
        await page.getByRole("button", { name: THE_WALL[language] }).click();
      } else {
        await page.getByRole("button", { name: WALL[language], exact: true }).click();
      }
      await page.getByText("Television at the bar").waitFor();
    },
  },
  { name: "sheet for the tables", path: "/print", user: null },
  { name: "no page", path: "/nowhere", user: users.guest },
];

/** A window of one language, width and theme, in which one screen after another is opened. */
export class Viewer {
  readonly page: Page;
  readonly #services: FakeServices;
  readonly #look: Look;

  private constructor(page: Page, services: FakeServices, look: Look) {
    this.page = page;
    this.#services = services;
    this.#look = look;
  }

  static async open(browser: Browser, base: string, look: Look, scale = 1): Promise<Viewer> {
    const context = await browser.newContext({
      baseURL: base,
      viewport: { width: look.width, height: look.width === 390 ? 844 : 800 },
      deviceScaleFactor: scale,
      colorScheme: look.theme,
      locale: LOCALES[look.language],
      timezoneId: "UTC",
      reducedMotion: "reduce",
      serviceWorkers: "block",
    });
    context.setDefaultTimeout(10_000);
    const services = await fakeServices(context, { user: null });
    const page = await context.newPage();
    await page.clock.setFixedTime(NOW);
    return new Viewer(page, services, look);
  }

  /** Opens the screen anew, as if nobody had been here before. */
  async show({ path, user, room, alarms, acts, scores, prepare }: Screen): Promise<Page> {
    const { page } = this;
    this.#services.become({ user, room, alarms, acts, scores });
    if (page.url().startsWith("http")) await page.evaluate(forgetEverything);
    await page.emulateMedia({ colorScheme: this.#look.theme });
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (user !== null && path !== "/nowhere")
      await page
        .getByText(/The Valve Room|Open stage, Friday/)
        .first()
        .waitFor();
    await page.evaluate(() => document.fonts.ready);
    await page.locator("main [role=status] [class*=bone]").first().waitFor({ state: "detached" });
    await prepare?.(page, this.#look.language);
    return page;
  }

  /** The same page in the other theme, in place. */
  async wear(theme: "dark" | "light"): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page
      .locator(`html[data-mantine-color-scheme=${theme}]`)
      .waitFor({ state: "attached" });
    // Colours glide from one theme to the other; on their way they have no contrast of their own.
    await this.page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      const ending = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
      await Promise.allSettled(ending.map(({ finished }) => finished));
    });
  }

  /** What the room's socket says next. */
  send(frame: unknown): void {
    this.#services.send(frame);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

async function forgetEverything(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  for (const { name } of await indexedDB.databases()) {
    if (name !== undefined) indexedDB.deleteDatabase(name);
  }
}

/** Opens a screen as one person sees it on that evening; its context is closed by the caller. */
export async function openScreen(
  browser: Browser,
  base: string,
  screen: Screen,
  look: Look,
  scale = 1,
): Promise<Page> {
  const viewer = await Viewer.open(browser, base, look, scale);
  const page = await viewer.show(screen);
  await page.waitForLoadState("networkidle");
  return page;
}
