import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { users } from "./evening.ts";
import { picture } from "./pictures.ts";
import { type Look, openScreen, SCREENS, type Screen } from "./screens.ts";
import { serveBuild } from "./serve-build.ts";

const screenOf = (wanted: string) => SCREENS.find(({ name }) => name === wanted) as Screen;

const PICTURES: [file: string, screen: Screen, look: Partial<Look>][] = [
  ["room", { name: "room", path: "/", user: users.host }, {}],
  [
    "room-light",
    {
      name: "row menu",
      path: "/",
      user: users.host,
      prepare: async (page) => {
        await page.getByRole("button", { name: /^More for Everything/ }).click();
      },
    },
    { theme: "light" },
  ],
  ["room-phone", { name: "room", path: "/", user: users.sam }, { width: 390 }],
  ["add-phone", screenOf("add sheet"), { width: 390 }],
  ["wall", screenOf("wall"), {}],
  ["lineup-phone", screenOf("line-up"), { width: 390 }],
  ["lineup-phone-ru", screenOf("line-up"), { width: 390, language: "ru", theme: "light" }],
  ["host-lineup", screenOf("acts of a host"), {}],
  ["wall-score", screenOf("wall with a score"), {}],
  [
    "print",
    {
      ...screenOf("sheet for the tables"),
      // The tent is folded: half of it would stand on its head in a picture.
      prepare: (page) => page.getByText("A4", { exact: true }).click(),
    },
    { theme: "light" },
  ],
  ["join-phone", { name: "join", path: "/join", user: null }, { width: 390 }],
];

describe.skipIf(chromiumPath === undefined)("pictures for the documentation", () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveBuild>>;

  beforeAll(async () => {
    browser = await launch();
    site = await serveBuild();
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  test.each(PICTURES)("%s", async (file, screen, look) => {
    const full: Look = { language: "en", theme: "dark", width: 1280, ...look };
    const page = await openScreen(browser, site.url, screen, full, full.width === 390 ? 2 : 1);

    await picture(page, file);
    await page.context().close();
  });
});
