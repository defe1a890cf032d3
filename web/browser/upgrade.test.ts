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
    context = await browser.newContext({ baseURL: site.url });
    await fakeServices(context, { user: users.host });
    page = await context.newPage();
    loads = 0;
    page.on("load", () => {
      loads += 1;
    });
    await page.goto("/");
    await page.getByRole("list", { name: "Up next" }).waitFor();
    return async () => {
      await context.close();
      site.close();
      await rm(folder, { recursive: true });
    };
  });

  afterAll(async () => {
    await browser?.close();
  });

  test("is offered, and comes when it is asked for", async () => {
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
    await page.evaluate(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
      for (const key of await caches.keys()) await caches.delete(key);
    });
    await page.reload();
    await page.getByRole("list", { name: "Up next" }).waitFor();
    const before = loads;
    const assets = path.join(folder, "assets");
    const parts = (await readdir(assets)).filter((file) => file.startsWith("shop-page"));
    await Promise.all(parts.map((part) => rm(path.join(assets, part))));

    await page.getByRole("link", { name: "Shop" }).click();

    await expect.poll(() => loads).toBeGreaterThan(before);
    await page.waitForLoadState("networkidle");
    expect(parts).not.toEqual([]);
    expect(loads).toBeLessThanOrEqual(before + 2);
  });
});
