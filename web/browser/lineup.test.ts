import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "./box.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { Visitor } from "./people.ts";

const ACT = "The Tin Roofs";

// A host with the console, a guest with a phone, and a wall by its link.
describe.skipIf(chromiumPath === undefined)("an act that the audience scores", () => {
  let box: Box;
  let browser: Browser;
  let host: Visitor;
  let guest: Visitor;
  let screen: BrowserContext;
  let wall: Page;

  beforeAll(async () => {
    [box, browser] = await Promise.all([startBox(), launch()]);
    await box.createUser("nina", "host", "Nina Kallas");
    host = await Visitor.open(browser, box.url);
    guest = await Visitor.open(browser, box.url, true);
    await Promise.all([host.logIn("nina"), guest.joinAsGuest("Kofi")]);
    screen = await browser.newContext({
      baseURL: box.url,
      locale: "en-GB",
      serviceWorkers: "block",
      viewport: { width: 1280, height: 720 },
    });
    screen.setDefaultTimeout(15_000);
    wall = await screen.newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await box?.stop();
  });

  const places = () => guest.page.getByRole("navigation", { name: "Places" });
  const act = (page: Page) => page.getByRole("region", { name: ACT });
  const card = () => host.page.getByRole("listitem", { name: ACT });
  const tally = (page: Page, words: string) =>
    page.getByRole("img", { name: words, exact: true }).waitFor();

  test("without acts the page says so, and leads hosts to their first one", async () => {
    await guest.page.goto("/lineup");
    await guest.page.getByText("No acts are announced here yet.").waitFor();
    await host.page.goto("/lineup");
    await host.page.getByRole("link", { name: "Announce the first act" }).click();

    const sheet = host.page.getByRole("dialog", { name: "Announce an act" });
    await sheet.getByLabel("Name of the act").fill(ACT);
    await sheet.getByLabel("A line about it").fill("Kettle folk from Leith");
    await sheet.getByRole("button", { name: "15 min" }).click();
    await sheet.getByRole("button", { name: "Announce it" }).click();
    await sheet.waitFor({ state: "detached" });

    await card().getByText("0 scores").waitFor();
  });

  test("everybody sees it at once, with the dot at the place it is at", async () => {
    await act(guest.page).getByText("Open now").waitFor();
    await act(guest.page)
      .getByText(/^Give one to five stars until \d\d:\d\d\.$/)
      .waitFor();
    await places().getByText("open for scores").waitFor({ state: "attached" });

    await wall.goto(await linkOfWall(host.page));
    await wall.getByRole("region", { name: "Open for scores" }).getByText(ACT).waitFor();
  });

  test("a guest scores by keyboard; it is counted, here, at the host's and on the wall", async () => {
    await guest.page.keyboard.press("4");

    await act(guest.page).getByText("Counted").waitFor();
    await act(guest.page)
      .getByText(/^You gave 4\. Change it until/)
      .waitFor();
    const four = "5 stars: 0, 4 stars: 1, 3 stars: 0, 2 stars: 0, 1 star: 0";
    for (const page of [guest.page, host.page, wall]) await tally(page, four);
    await wall.getByRole("img", { name: "4.0 of 5 stars" }).waitFor();
  });

  test("it is changed by a star, and counts once", async () => {
    await act(guest.page).getByRole("radio", { name: "2 stars" }).click();

    await act(guest.page)
      .getByText(/^You gave 2\./)
      .waitFor();
    const two = "5 stars: 0, 4 stars: 0, 3 stars: 0, 2 stars: 1, 1 star: 0";
    for (const page of [guest.page, host.page, wall]) await tally(page, two);
    await card().getByText("1 score", { exact: true }).waitFor();
    await act(guest.page).getByText("Counted").waitFor();
  });

  test("without network a score is kept, and sent once", async () => {
    const sent: string[] = [];
    guest.page.on("request", (request) => {
      if (request.url().endsWith("/score")) sent.push(request.method());
    });
    await guest.page.context().setOffline(true);
    await guest.page.getByText(/You are offline/).waitFor();
    await guest.page.keyboard.press("5");
    await act(guest.page).getByText("will be sent").waitFor();
    await act(guest.page)
      .getByText(/^You gave 5\. It is sent once/)
      .waitFor();
    expect(sent).toEqual([]);

    await guest.page.context().setOffline(false);
    await act(guest.page).getByText("Counted").waitFor({ timeout: 40_000 });
    await tally(host.page, "5 stars: 1, 4 stars: 0, 3 stars: 0, 2 stars: 0, 1 star: 0");
    expect(sent).toEqual(["PUT"]);
  });

  test("the host closes it, after a question; from then on it is refused, and the result stays", async () => {
    await card().getByRole("button", { name: "Close now" }).click();
    const question = host.page.getByRole("dialog", { name: `Close ${ACT} for scores?` });
    await question.getByRole("button", { name: "Close now" }).click();
    await question.waitFor({ state: "detached" });

    await guest.page.getByText("No act is open for scores right now.").waitFor();
    await places().getByText("open for scores").waitFor({ state: "detached" });
    await wall.getByRole("region", { name: "Result" }).getByText("5.0").waitFor();
    const answer = await guest.page.evaluate(scoreAgain);
    expect(answer).toEqual({ status: 409, reason: "DEADLINE_PASSED" });
    await guest.page.getByRole("link", { name: new RegExp(`${ACT}.*You gave 5.*5\\.0`) }).click();
    await guest.page.getByText(/^Closed at \d\d:\d\d\. You gave 5\./).waitFor();
    await host.page.getByRole("listitem", { name: ACT }).getByText("high score").waitFor();
    expect([...host.complaints, ...guest.complaints]).toEqual([]);
  });
});

/** The link of a wall that shows the score alone. */
async function linkOfWall(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Wall", exact: true }).click();
  const links = page.getByRole("dialog", { name: "The wall" });
  await links.getByLabel("What plays, what is next").uncheck();
  await links.getByLabel("Where it hangs").fill("Back wall");
  await links.getByRole("button", { name: "Make the link" }).click();
  const address = await links.getByLabel("Address of the wall").inputValue();
  expect(address).toMatch(/\/wall\?show=score,qr&/);
  await page.keyboard.press("Escape");
  await links.waitFor({ state: "detached" });
  return address;
}

/** Past the page: what the service itself says of a score that comes too late. */
async function scoreAgain(): Promise<{ status: number; reason: string }> {
  const session = await fetch("/api/identity/auth/refresh", {
    method: "POST",
    headers: { "X-Requested-With": "backline" },
  });
  const { access_token } = (await session.json()) as { access_token: string };
  const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
  const events = (await (await fetch("/api/scores/events", { headers })).json()) as {
    items: { id: number }[];
  };
  const answer = await fetch(`/api/scores/events/${events.items[0]?.id}/score`, {
    method: "PUT",
    headers,
    body: JSON.stringify({ score: 1 }),
  });
  const { reason } = (await answer.json()) as { reason: string };
  return { status: answer.status, reason };
}
