import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { PASSWORD } from "./box.ts";

/** Somebody with a browser of their own. */
export class Visitor {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #isPhone: boolean;
  /** What the page complained of in its console: empty in a good test. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, page: Page, isPhone: boolean) {
    this.#context = context;
    this.#isPhone = isPhone;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        this.complaints.push(message.text());
      }
    });
  }

  static async open(
    browser: Browser,
    url: string,
    phone = false,
    { installed = false } = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL: url,
      locale: "en-GB",
      // A kept shell would answer in place of the box; only tests of that want it.
      serviceWorkers: installed ? "allow" : "block",
      viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    });
    context.setDefaultTimeout(15_000);
    return new Visitor(context, await context.newPage(), phone);
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

  /** Adds files and waits until each has come through, or was found wanting. */
  async upload(paths: string[]): Promise<void> {
    await this.page.getByRole("button", { name: "Add a song" }).first().click();
    await this.page.locator('input[type="file"]').setInputFiles(paths);
    for (const file of paths.map((one) => path.basename(one))) {
      const verdict = this.row(file).locator('[data-good="true"], [data-bad="true"]').first();
      await verdict.waitFor({ timeout: 40_000 });
    }
    await this.closeSheet();
  }

  async closeSheet(): Promise<void> {
    const sheet = this.page.getByRole("dialog");
    await sheet.getByRole("button", { name: "Close" }).click();
    await sheet.waitFor({ state: "detached" });
  }

  row(title: string) {
    return this.page.getByRole("listitem").filter({ hasText: title });
  }

  async choose(title: string, action: string): Promise<void> {
    await this.#more(title).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** What this page shows of the queue, in order. */
  async rows(): Promise<{ title: string; votes: string; locked: boolean }[]> {
    return this.page
      .getByRole("list", { name: "Up next" })
      .getByRole("listitem")
      .evaluateAll((rows) =>
        rows.map((row) => {
          const vote = row.querySelector('button[aria-label*=" vote"]');
          return {
            title: row.querySelector("b")?.textContent ?? "",
            votes: vote?.textContent ?? "",
            locked: vote?.getAttribute("aria-disabled") === "true",
          };
        }),
      );
  }

  /** Votes for a song; on a phone a row of one's own has this in its menu. */
  async vote(title: string): Promise<void> {
    const button = this.#voteButton(title);
    if ((await button.count()) > 0) await button.click();
    else await this.choose(title, "Vote");
  }

  /** How many votes this page shows for a song. */
  async votes(title: string): Promise<string | undefined> {
    if ((await this.#voteButton(title).count()) > 0) {
      return (await this.rows()).find((row) => row.title === title)?.votes;
    }
    await this.#more(title).click();
    const choice = this.page.getByRole("menuitem", { name: /vote/i });
    const shown = await choice.textContent();
    await this.page.keyboard.press("Escape");
    await choice.waitFor({ state: "detached" });
    return /\d+$/.exec(shown ?? "")?.[0];
  }

  #voteButton(title: string) {
    return this.row(title).getByRole("button", { name: / votes?\b/ });
  }

  #more(title: string) {
    return this.row(title).getByRole("button", { name: `More for ${title}` });
  }

  /** The songs that are not handed to the player yet. */
  async free(): Promise<string[]> {
    return (await this.rows()).filter(({ locked }) => !locked).map(({ title }) => title);
  }

  /** Drags one row over another, by its handle. */
  async drag(title: string, onto: string): Promise<void> {
    await (await this.lift(title, onto))();
  }

  /** Holds one row over another; the result lets it go. */
  async lift(title: string, onto: string): Promise<() => Promise<void>> {
    await this.row(title).hover();
    const from = await this.row(title)
      .getByRole("button", { name: `Drag ${title}` })
      .boundingBox();
    const to = await this.row(onto).boundingBox();
    if (from === null || to === null) throw new Error("The rows are not in view.");
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(from.x + from.width / 2, from.y - 10, { steps: 5 });
    await mouse.move(from.x + from.width / 2, to.y + to.height / 2 - 8, { steps: 10 });
    return () => mouse.up();
  }

  /** Where this page says what plays: on a phone that is *Now*, elsewhere the player's bar. */
  #player() {
    return this.#isPhone
      ? this.page.locator("section[aria-labelledby=now]")
      : this.page.getByRole("region", { name: "Player" });
  }

  /** Seconds of the song that this page shows as heard. */
  async position(): Promise<number> {
    const words = await this.#player()
      .getByText(/^\d+:\d\d$/)
      .first()
      .textContent();
    const [minutes = "0", seconds = "0"] = (words ?? "").split(":");
    return Number(minutes) * 60 + Number(seconds);
  }

  async playing(): Promise<string> {
    const title = this.#isPhone ? "p.t-title" : "p";
    return (await this.#player().locator(title).first().textContent()) ?? "";
  }

  /** From now on every request and message takes its time. */
  async slowDown(): Promise<void> {
    const session = await this.#context.newCDPSession(this.page);
    await session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 300,
      downloadThroughput: 40_000,
      uploadThroughput: 20_000,
    });
  }

  async joinAsGuest(name: string): Promise<void> {
    await this.page.goto("/join");
    await this.page.getByLabel("Join as").fill(name);
    await this.page.getByRole("button", { name: "Join the room" }).click();
    await this.page.getByRole("navigation", { name: "Places" }).waitFor();
  }

  /** Adds a song that is in the library. */
  async addFromLibrary(title: string): Promise<void> {
    await this.page.getByRole("button", { name: "Add a song" }).first().click();
    await this.page.getByRole("searchbox").fill(title);
    await this.page.getByRole("button", { name: `Add ${title}` }).click();
    await this.closeSheet();
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}
