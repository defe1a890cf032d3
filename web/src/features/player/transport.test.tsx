import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { anItem, aPlayback, aRoom } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { Transport } from "./transport.tsx";

const sam = { id: 8, display_name: "Sam" };

function playing(by = { id: 7, display_name: "Ann" }) {
  const item = anItem("a", { state: "playing", added_by: by });
  return aRoom([], {
    playback: aPlayback({ state: "playing", item, item_id: "a", as_of: "2026-11-20T22:38:00Z" }),
  });
}

function requests(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(`${new URL(request.url).pathname} ${await request.clone().text()}`);
    return Response.json({ revision: 2, request_id: "r" }, { status: 202 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("who may not press a control learns who may", async () => {
  const asked = requests();
  const room = playing();
  await show(<Transport room={room} />, { room });

  const pause = screen.getByRole("button", { name: "Pause. Hosts may do this" });
  await userEvent.click(pause);

  expect(pause.getAttribute("aria-disabled")).toBe("true");
  expect(asked).toEqual([]);
});

test("a host skips the song that the page shows, not another", async () => {
  const asked = requests();
  const room = playing();
  await show(<Transport room={room} />, { room, role: "host" });

  await userEvent.click(screen.getByRole("button", { name: "Skip" }));

  expect(asked).toEqual(['/api/jukebox/playback/skip {"item_id":"a"}']);
});

test("whoever added it may skip it", async () => {
  const asked = requests();
  const room = playing(sam);
  await show(<Transport room={room} />, { room });

  await userEvent.click(screen.getByRole("button", { name: "Skip" }));

  expect(asked).toHaveLength(1);
});
