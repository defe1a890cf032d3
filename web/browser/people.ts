import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD } from "./box.ts";

/** Somebody with a browser of their own. */
export class Visitor {
  readonly page: Page;
  readonly #context: BrowserContext;
  /** What the page complained of in its console: empty in a good test. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        this.complaints.push(message.text());
      }
    });
  }

  static async open(browser: Browser, url: string, phone = false): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL: url,
      locale: "en-GB",
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    });
    context.setDefaultTimeout(15_000);
    return new Visitor(context, await context.newPage());
  }

  async register(username: string, displayName: string): Promise<void> {
    await this.page.goto("/register");
    await this.page.getByLabel("User name").fill(username);
    await this.page.getByLabel("Name that others see").fill(displayName);
    await this.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await this.page.getByRole("button", { name: "Make the account" }).click();
    await this.isLive();
  }

  async logIn(username: string): Promise<void> {
    await this.page.goto("/login");
    await this.page.getByLabel("User name").fill(username);
    await this.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await this.page.getByRole("button", { name: "Log in" }).click();
    await this.isLive();
  }

  async isLive(): Promise<void> {
    await this.page.locator("header").getByText("Live", { exact: true }).waitFor();
  }

  async upload(paths: string[]): Promise<void> {
    await this.page.getByRole("button", { name: "Add a song" }).first().click();
    await this.page.locator('input[type="file"]').setInputFiles(paths);
    const done = this.page.getByText(/^In the queue/);
    await expect.poll(() => done.count(), { timeout: 30_000 }).toBe(paths.length);
    await this.page.getByRole("button", { name: "Close" }).click();
  }

  row(title: string) {
    return this.page.getByRole("listitem").filter({ hasText: title });
  }

  async choose(title: string, action: string): Promise<void> {
    await this.row(title)
      .getByRole("button", { name: `More for ${title}` })
      .click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** What this page shows of the queue: titles with their votes, in order. */
  async queue(): Promise<string[]> {
    return this.page
      .getByRole("list", { name: "Up next" })
      .getByRole("listitem")
      .evaluateAll((rows) =>
        rows.map((row) => {
          const title = row.querySelector("b")?.textContent ?? "";
          const votes = row.querySelector('button[aria-label*=" vote"]')?.textContent ?? "";
          return `${title} ${votes}`.trim();
        }),
      );
  }

  async playing(): Promise<string> {
    const bar = this.page.getByRole("region", { name: "Player" });
    return (await bar.locator("p").first().textContent()) ?? "";
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
