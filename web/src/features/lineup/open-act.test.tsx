import { act as during, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Act, OwnScore, Stars } from "@/api/acts.ts";
import { forgetScores, learnAll } from "@/api/lineup.ts";
import { setShortcuts } from "@/lib/shortcuts.ts";
import { anAct, anOwnScore, aRoom } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { OpenAct } from "./open-act.tsx";
import { useScoreKeys } from "./use-score-keys.ts";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ children }: { children: string }) => <a href="/lineup/3">{children}</a>,
}));

const open = (details: Partial<Act> = {}) =>
  anAct({ opens_at: "2026-01-01T00:00:00Z", deadline: "2999-11-20T22:41:00Z", ...details });

const given = vi.fn<(actId: number | null, stars: Stars) => void>();

function Page({ acts }: { acts: Act[] }) {
  useScoreKeys(given);
  return acts.map((act) => (
    <OpenAct key={act.id} act={act} refusal={undefined} onScore={(stars) => given(act.id, stars)} />
  ));
}

const shown = (...acts: Act[]) => show(<Page acts={acts} />, { room: aRoom([]) });
const star = (name: string) => screen.getByRole("radio", { name });
const state = () => screen.getByRole("status").textContent;
const mine = (details: Partial<OwnScore>) => during(() => learnAll([anOwnScore(details)]));

beforeEach(() => given.mockReset());
afterEach(() => forgetScores());

test("a star is given by pointer, and by Space on the star that arrows lead to", async () => {
  await shown(open());
  await userEvent.click(star("4 stars"));
  expect(given).toHaveBeenLastCalledWith(3, 4);

  star("1 star").focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(document.activeElement).toBe(star("3 stars"));
  expect(given).toHaveBeenCalledTimes(1);
  await userEvent.keyboard(" ");
  expect(given).toHaveBeenLastCalledWith(3, 3);
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}{ArrowLeft}");
  expect(document.activeElement).toBe(star("5 stars"));
});

test("keys 1 to 5 score: the act with the focus, else whichever is first", async () => {
  await shown(open(), open({ id: 4, title: "Lena Ferry" }));
  await userEvent.keyboard("5");
  expect(given).toHaveBeenLastCalledWith(null, 5);

  const group = screen.getByRole("radiogroup", { name: "Your score for Lena Ferry" });
  within(group).getByRole("radio", { name: "1 star" }).focus();
  await userEvent.keyboard("2");
  expect(given).toHaveBeenLastCalledWith(4, 2);

  given.mockReset();
  await userEvent.keyboard("067{Control>}3{/Control}");
  setShortcuts(false);
  await userEvent.keyboard("4");
  setShortcuts(true);
  expect(given).not.toHaveBeenCalled();
});

test("what becomes of a score is said at the stars", async () => {
  await shown(open());
  expect(state()).toMatch(/^Give one to five stars until \d\d:41\.$/);

  mine({ status: "pending" });
  expect(state()).toMatch(/^CountingYou gave 4\. Change it until \d\d:41\.$/);
  expect(star("4 stars").getAttribute("aria-checked")).toBe("true");

  mine({ status: "confirmed", confirmed_score: 4 });
  expect(state()).toMatch(/^CountedYou gave 4\./);

  mine({ score: 1, version: 2, status: "rejected", reason: "WHO_KNOWS", confirmed_score: 4 });
  expect(state()).toMatch(/^Not countedIt could not be counted\. .*Your 4 still counts\.$/);
  expect(star("4 stars").getAttribute("aria-checked")).toBe("true");
});

test("the tally says how the scores fall, and marks what this person's counts among", async () => {
  await shown(open());
  mine({ status: "confirmed", confirmed_score: 4 });

  expect(screen.getByText("4.2")).toBeTruthy();
  expect(screen.getByText("87 scores")).toBeTruthy();
  expect(
    screen.getByRole("img", {
      name: "5 stars: 41, 4 stars: 28, 3 stars: 12, 2 stars: 4, 1 star: 2",
    }),
  ).toBeTruthy();
});
