import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { violations } from "./axe.ts";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";

describe.skipIf(chromiumPath === undefined)("an admin and the people", () => {
  let box: Box;
  let browser: Browser;
  let root: Visitor;
  let sam: Visitor;

  beforeAll(async () => {
    [box, browser] = await Promise.all([startBox(), launch()]);
    await Promise.all([
      box.createUser("root", "admin", "Root"),
      box.createUser("sam", "listener", "Sam"),
    ]);
    [root, sam] = await Promise.all([
      Visitor.open(browser, box.url),
      Visitor.open(browser, box.url),
    ]);
    await Promise.all([root.logIn("root"), sam.logIn("sam")]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const role = (name: string) => root.page.getByRole("button", { name: `Role of ${name}:` });
  const give = async (name: string, item: string) => {
    await role(name).first().click();
    await root.page.getByRole("menuitem", { name: item }).click();
  };
  const hostPlace = () =>
    sam.page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Host" });

  test("a role that is given or taken is there at once on the other's open page", async () => {
    await root.page.goto("/admin");
    await root.page.waitForURL("**/admin/people");
    expect(await hostPlace().count()).toBe(0);

    await give("Sam", "Host:");
    await hostPlace().waitFor();

    await give("Sam", "Listener:");
    await root.page.getByRole("dialog").getByRole("button", { name: "Change the role" }).click();
    await hostPlace().waitFor({ state: "detached" });
    await root.page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("the last admin stays, and is told why", async () => {
    await give("Root", "Listener:");
    const dialog = root.page.getByRole("dialog");
    await dialog.getByText("This is your own account.").waitFor();
    await dialog.getByRole("button", { name: "Change the role" }).click();

    await root.page.getByText("This is the last admin.").first().waitFor();
    await dialog.getByRole("button", { name: "Leave it so" }).click();
    await role("Root").first().waitFor();
  });

  test("somebody invited comes in by the link, and can be logged out everywhere", async () => {
    await root.page.getByRole("button", { name: "Make an account" }).click();
    const dialog = root.page.getByRole("dialog");
    await dialog.getByLabel("User name").fill("olga");
    await dialog.getByRole("button", { name: "Make the account" }).click();
    const link = await dialog.getByLabel("Link for olga").inputValue();
    await dialog.getByRole("button", { name: "Done" }).click();

    const olga = await Visitor.open(browser, box.url);
    await olga.page.goto(link);
    await olga.page.getByLabel("Password", { exact: true }).fill("a long enough sentence");
    await olga.page.getByRole("button", { name: "Set the password" }).click();
    await olga.page.waitForURL((url) => url.pathname !== "/reset");
    await olga.logIn("olga");

    await root.page.getByRole("button", { name: "olga", exact: true }).click();
    await root.page.getByRole("button", { name: /^Log out there/ }).click();
    await olga.page.waitForURL("**/join");
    await root.page.getByText("Not logged in anywhere.").waitFor();
  });

  test("the log says it in words, by filters that stay in the address", async () => {
    await root.page.goto("/admin/audit");
    await root.page.getByText("Root changed the role of Sam to host").waitFor();
    await root.page.getByText("Root changed the role of Sam to listener").waitFor();
    await root.page.getByText("Root made an account for olga").waitFor();

    await root.page.getByRole("button", { name: "Passwords" }).click();
    await root.page.getByText("Root made a password link for olga").waitFor();
    await root.page.getByText("changed the role").first().waitFor({ state: "detached" });
    expect(new URL(root.page.url()).search).toBe("?what=passwords");

    await root.page.reload();
    await root.page.getByText("Root made a password link for olga").click();
    await root.page.getByText("reset link issued").waitFor();
  });

  test("everything is well, and said so only after a recount", async () => {
    await root.page.goto("/admin/integrity");
    await root.page.getByText(/^Everything is well/).waitFor({ timeout: 30_000 });
    expect(await root.page.getByText("Not known").count()).toBe(0);
  });

  test("settings are listed, and a backup is made beside the data", async () => {
    await root.page.goto("/admin/settings");
    await root.page.getByText("IDENTITY_DATABASE_URL").waitFor();

    await root.page.goto("/admin/backups");
    await root.page.getByText("There is no backup yet").waitFor();
    await root.page.getByRole("button", { name: "Make a backup now" }).click();
    await root.page.getByText(`${box.data}/backups/backline-`).waitFor({ timeout: 30_000 });
    await root.page.getByText(/^Last backup/).waitFor();
  });

  test("no part of it shuts anybody out, in both themes", async () => {
    const { page } = root;
    // Every screen of Admin is in the matrix; these two have the data of a real box.
    for (const part of ["people", "integrity"]) {
      await page.goto(`/admin/${part}`);
      await page.locator("main table").first().waitFor();
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme });
        expect([part, colorScheme, await violations(page)]).toEqual([part, colorScheme, []]);
      }
    }
  });

  test("a role taken away while a dialog is open is said there, and nothing typed is lost", async () => {
    await box.createUser("vera", "admin", "Vera");
    const vera = await Visitor.open(browser, box.url);
    await vera.logIn("vera");
    await root.page.goto("/admin/people");
    await root.page.getByRole("button", { name: "Make an account" }).click();
    const dialog = root.page.getByRole("dialog");
    await dialog.getByLabel("User name").fill("petra");

    await vera.page.goto("/admin/people");
    await vera.page.getByRole("button", { name: "Role of Root:" }).click();
    await vera.page.getByRole("menuitem", { name: "Listener:" }).click();
    await vera.page.getByRole("dialog").getByRole("button", { name: "Change the role" }).click();

    await dialog.getByText("You are no longer an admin.").waitFor();
    expect(await dialog.getByLabel("User name").inputValue()).toBe("petra");
    const make = dialog.getByRole("button", { name: "Make the account" });
    expect(await make.getAttribute("aria-disabled")).toBe("true");
    expect(root.complaints).toEqual([]);
  });
});
