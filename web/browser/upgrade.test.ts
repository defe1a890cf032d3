import { appendFile, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumPath, launch } from "./chromium.ts";
import { users } from "./evening.ts";
import { fakeServices } from "./fake-services.ts";
import { built, serveBuild } from "./serve-build.ts";

describe.skipIf(chromiumPath === undefined)("a new version", () => {
  let browser: Browser;
  let folder: string;
  let site: Awaited<ReturnType<typeof serveBuild>>;
  let context: BrowserContext;
  let page: Page;
  let loads: number;

  beforeAll(async () => {
    browser = await launch();
  });

  beforeEach(async () => {
    folder = await mkdtemp("/tmp/backline-build-");
    await cp(built, folder, { recursive: true });
    site = await serveBuild(folder);
    return async () => {
      await context.close();
      site.close();
      await rm(folder, { recursive: true });
    };
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function open(serviceWorkers: "allow" | "block"): Promise<void> {
    context = await browser.newContext({ baseURL: site.url, serviceWorkers });
    await fakeServices(context, { user: users.host });
    page = await context.newPage();
    loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    await page.goto("/");
    await page.getByRole("list", { name: "Up next" }).waitFor();
  }

  test("is offered, and comes when it is asked for", async () => {
    await open("allow");
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.reload();
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.getByRole("list", { name: "Up next" }).waitFor();
    const before = loads;

    await appendFile(path.join(folder, "sw.js"), "\n// another version");
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update();
    });

    const messages = page.getByRole("region", { name: "Messages" });
    await messages.getByText("A new version is ready.").waitFor();
    expect(loads).toBe(before);
    await messages.getByRole("button", { name: "Reload" }).click();
    await expect.poll(() => loads).toBe(before + 1);
    await page.getByRole("list", { name: "Up next" }).waitFor();
    const isWaiting = await page.evaluate(
      async () => (await navigator.serviceWorker.ready).waiting !== null,
    );
    expect(isWaiting).toBe(false);
  });

  test("whose parts have other names is loaded once, instead of an error", async () => {
    await open("block");
    const assets = path.join(folder, "assets");
    const parts = (await readdir(assets)).filter((file) => file.startsWith("row-choices"));
    expect(parts).not.toEqual([]);
    await Promise.all(parts.map((part) => rm(path.join(assets, part))));
    const more = page.getByRole("button", { name: "More for Northbound, Late" });

    await more.click();
    await expect.poll(() => loads).toBe(2);
    await more.click();

    await page.getByRole("heading", { name: "Something went wrong" }).waitFor();
    expect(loads).toBe(2);
  });
});
