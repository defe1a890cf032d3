import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import type { DeadLetter, DeadLetterDetail } from "@/api/admin.ts";
import { aRoom } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { MessagesPage } from "./messages-page.tsx";

const LETTER: DeadLetter = {
  id: "l1",
  group: "jukebox",
  topic: "jukebox.v1",
  key: "room",
  type: "jukebox.v1.SkipRequested",
  message_id: "m1",
  happened_at: "2026-11-20T22:20:00Z",
  parked_at: "2026-11-20T22:20:01Z",
  reason: "INTERNAL",
  detail: "KeyError: 'anchor'",
  attempts: 8,
  decision: null,
  decided_at: null,
  decided_by: "",
  behind: 2,
};
const DETAIL: DeadLetterDetail = {
  ...LETTER,
  partition: 1,
  offset: 7,
  headers: {},
  payload: { item_id: "i7" },
  payload_base64: "",
  waiting: [],
};

/** The front door, which acts on a decision as soon as it is asked again. */
function frontDoor({ refuses = false, letters = [LETTER] } = {}): string[] {
  const asked: string[] = [];
  let waiting = letters;
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET") {
      return Response.json(
        pathname.endsWith("/l1") ? DETAIL : { items: waiting, next_cursor: null },
      );
    }
    asked.push(`${request.method} ${pathname}`);
    if (refuses) {
      const problem = { domain: "kit", reason: "DEAD_LETTER_NOT_FOUND", detail: "Gone." };
      return Response.json(problem, { status: 404 });
    }
    waiting = [];
    return Response.json({ ...LETTER, decision: "replay" }, { status: 202 });
  });
  return asked;
}

const look = () => show(<MessagesPage />, { room: aRoom([]), role: "admin" });
const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));

afterEach(() => vi.unstubAllGlobals());

test("where nothing waits, it is said what would be here", async () => {
  frontDoor({ letters: [] });
  await look();

  await screen.findByText(/^No message waits/);
});

test("a message is shown with its reason, what it says and what waits behind it", async () => {
  frontDoor();
  await look();

  await screen.findByText("3 messages wait for a decision");
  await press("jukebox.v1.SkipRequested room");

  await screen.findByText(/"item_id": "i7"/);
  expect(screen.getByText("KeyError: 'anchor'")).toBeDefined();
  expect(screen.getByText("8 times")).toBeDefined();
});

test.each([
  ["Handle it again", "POST /api/dead-letters/l1/replay"],
  ["Discard it", "DELETE /api/dead-letters/l1"],
])("%s asks first, says what follows, and then it is gone", async (act, request) => {
  const asked = frontDoor();
  await look();
  await press("jukebox.v1.SkipRequested room");
  await press(act);

  const dialog = await screen.findByRole("dialog");
  expect(dialog.textContent).toContain("2 messages behind it follow, in order.");
  expect(asked).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: act }));

  await screen.findByText(/^No message waits/);
  expect(asked).toEqual([request]);
});

test("whoever keeps it has asked for nothing", async () => {
  const asked = frontDoor();
  await look();
  await press("jukebox.v1.SkipRequested room");
  await press("Discard it");
  await press("Leave it so");

  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked).toEqual([]);
});

test("a decision that came too late leaves the question open with its reason", async () => {
  frontDoor({ refuses: true });
  await look();
  await press("jukebox.v1.SkipRequested room");
  await press("Discard it");
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: "Discard it" }));

  expect(await screen.findByRole("dialog")).toBeDefined();
});
