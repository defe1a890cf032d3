/**
 * Measures how long a vote takes from the click in one browser to the frame that shows it in
 * another, and in a page that asks every second. Prints one JSON object; see bench/paint.py.
 */
import type { Page } from "playwright-core";
import { startBox } from "./box.ts";
import { launch } from "./chromium.ts";
import { Visitor } from "./people.ts";
import { makeSounds } from "./sounds.ts";

const ROUNDS = 3;
const CHANGES = Number(process.argv[2] ?? 210) / ROUNDS;
const POLLED = Number(process.argv[3] ?? 45) / ROUNDS;
const WARM_UP = 10;
const POLL_MS = 1_000;
const SONGS = ["Paper Lanterns", "Kettle Song", "Warm Static", "Wet Tuesday"];

declare global {
  interface Window {
    votesShown: (title: string) => string | undefined;
    painted: (title: string, votes: string) => Promise<number>;
  }
}

/** In every page: when a frame with so many votes of a song has been handed to the screen. */
function watch(): void {
  window.painted = (title, votes) =>
    new Promise((resolve) => {
      const afterTheFrame = () => {
        const channel = new MessageChannel();
        // A message is handled after the frame that was just being made.
        channel.port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
        channel.port2.postMessage(null);
      };
      const look = () => {
        if (window.votesShown(title) !== votes) return;
        observer.disconnect();
        requestAnimationFrame(afterTheFrame);
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true,
        attributes: true,
      });
      look();
    });
}

function showInApp(): void {
  window.votesShown = (title) =>
    document.querySelector(`button[aria-label*="${title}, "][aria-label*=" vote"]`)?.textContent;
}

/** The usual way: ask for the whole queue again and again, and write down what it says. */
function pollingPage(everyMs: number): void {
  document.body.replaceChildren(document.createElement("ul"));
  const list = document.body.firstElementChild as HTMLUListElement;
  window.votesShown = (title) =>
    [...list.children].find((row) => (row as HTMLElement).dataset["title"] === title)
      ?.textContent ?? undefined;
  const ask = async () => {
    const answer = await fetch("/api/jukebox/queue");
    const { items } = (await answer.json()) as {
      items: { track: { title: string }; votes: number }[];
    };
    list.replaceChildren(
      ...items.map(({ track, votes }) => {
        const row = document.createElement("li");
        row.dataset["title"] = track.title;
        row.textContent = String(votes);
        return row;
      }),
    );
  };
  void ask();
  setInterval(() => void ask(), everyMs);
}

/** Milliseconds from a press of the button in one page to the frame in the other. */
async function change(from: Page, to: Page, title: string, votes: string): Promise<number> {
  const seen = to.evaluate(
    ([song, count]) => window.painted(song ?? "", count ?? ""),
    [title, votes],
  );
  const pressed = await from.evaluate((song) => {
    const selector = `button[aria-label*="${song}, "][aria-label*=" vote"]`;
    const button = document.querySelector<HTMLButtonElement>(selector);
    const at = performance.timeOrigin + performance.now();
    button?.click();
    return at;
  }, title);
  return (await seen) - pressed;
}

const box = await startBox();
const browsers = await Promise.all([launch(), launch(), launch()]);
try {
  const [one, other, third] = browsers;
  await box.createUser("nina", "host", "Nina");
  const host = await Visitor.open(one, box.url);
  const voter = await Visitor.open(other, box.url);
  const asking = await Visitor.open(third, box.url);
  await host.logIn("nina");
  await host.upload(
    await makeSounds(
      SONGS.map((title, n) => ({ file: `${n}.mp3`, title, artist: "Bench", seconds: 300 + n })),
    ),
  );
  await voter.register("sam", "Sam");
  for (const { page } of [host, voter]) await page.evaluate(showInApp);
  await asking.page.goto("/docs/nothing");
  await asking.page.evaluate(pollingPage, POLL_MS);
  for (const { page } of [host, asking]) await page.evaluate(watch);
  for (const { page } of [host, voter]) {
    // Before its check a song has its file's name.
    for (const song of SONGS) await page.getByText(song, { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Voting is over" }).waitFor();
  }
  const title = (await voter.free()).at(-1);
  if (title === undefined) throw new Error("There is no song to vote for.");

  let voted = false;
  const next = () => {
    voted = !voted;
    return voted ? "1" : "0";
  };
  // The moment of a press has nothing to do with anybody's clock.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50 + 200 * Math.random()));
  const pausePolled = () => new Promise((resolve) => setTimeout(resolve, POLL_MS * Math.random()));
  const ours: number[][] = [];
  const reference: number[][] = [];
  for (let n = 0; n < WARM_UP; n += 1) await change(voter.page, host.page, title, next());
  for (let round = 0; round < ROUNDS; round += 1) {
    const pushed: number[] = [];
    for (let n = 0; n < CHANGES; n += 1) {
      await pause();
      pushed.push(await change(voter.page, host.page, title, next()));
    }
    ours.push(pushed);
    const polled: number[] = [];
    for (let n = 0; n < POLLED; n += 1) {
      await pausePolled();
      polled.push(await change(voter.page, asking.page, title, next()));
    }
    reference.push(polled);
  }
  console.log(JSON.stringify({ ours, reference }));
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
  await box.stop();
}
