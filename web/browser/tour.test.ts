import { spawn } from "node:child_process";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, PASSWORD, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { picture } from "./pictures.ts";

const python = path.resolve(import.meta.dirname, "../../.venv/bin/python");

interface Look {
  phone?: boolean;
  language?: string;
  theme?: "dark" | "light";
}

// The screens that a real box fills best.
describe.skipIf(chromiumPath === undefined)("pictures of a room with a demo", () => {
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    box = await startBox();
    browser = await launch();
    await box.createUser("olga", "admin", "Olga Brandt");
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  async function open({ phone = false, language = "en-GB", theme = "dark" }: Look): Promise<Page> {
    const context = await browser.newContext({
      baseURL: box.url,
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
      deviceScaleFactor: phone ? 2 : 1,
      locale: language,
      colorScheme: theme,
      reducedMotion: "reduce",
      serviceWorkers: "block",
    });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    await page.goto("/login");
    await page.locator("input").first().fill("olga");
    await page.locator("input[type=password]").fill(PASSWORD);
    await page.locator("button[type=submit]").click();
    await page.waitForURL(`${box.url}/`);
    return page;
  }

  async function take(page: Page, address: string, name: string): Promise<void> {
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    await page.evaluate(() => document.fonts.ready);
    await page.waitForLoadState("load");
    await page.locator("[class*=bone]").first().waitFor({ state: "detached" });
    await page.evaluate(() => Promise.all([...document.images].map((one) => one.decode())));
    await picture(page, name);
  }

  test("the empty room, and the same one filled", async () => {
    const page = await open({});
    await take(page, "/welcome", "first-steps");

    const demo = spawn(python, ["-m", "backline", "demo", "--data", box.data], { stdio: "ignore" });
    expect(await new Promise((resolve) => demo.once("exit", resolve))).toBe(0);

    await take(page, "/host", "host");
    await take(page, "/?tab=played", "played");
    await take(page, "/admin", "admin");
    await page.context().close();

    const phone = await open({ phone: true });
    await take(phone, "/me", "me-phone");
    await phone.context().close();

    const russian = await open({ phone: true, language: "ru-RU", theme: "light" });
    await take(russian, "/", "room-phone-ru");
    await russian.context().close();
  }, 300_000);
});
