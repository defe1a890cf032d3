import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { anItem, aPlayback, aRoom, aTrack } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { Wall } from "./wall.tsx";
import type { AvailablePanel } from "./wall-search.ts";

const NOW = Date.parse("2026-11-20T22:38:00Z");
const ADDRESS = "https://room.example/join";

const playing = (): QueueItem =>
  anItem("now", {
    state: "playing",
    track: aTrack({ id: "t0", title: "Slow Neon", artist: "Harbour Lights", duration_s: 252 }),
    added_by: { id: 3, display_name: "Maya" },
  });

function aFullRoom(items: QueueItem[]): RoomDocument {
  const item = playing();
  return aRoom([item, ...items], {
    playback: aPlayback({
      state: "playing",
      item,
      item_id: item.id,
      position_s: 85,
      as_of: new Date(NOW).toISOString(),
    }),
  });
}

interface Look {
  panels?: AvailablePanel[];
  asOf?: number | null;
  address?: string | null;
}

const wall = (room: RoomDocument, look: Look = {}) => {
  const { panels = ["queue", "qr"], asOf = null, address = ADDRESS } = look;
  return show(<Wall {...{ room, panels, asOf, address }} now={asOf ?? NOW} time={NOW} />, { room });
};

const coming = (id: string, details: Partial<QueueItem> = {}) =>
  anItem(id, { starts_at: "2026-11-20T22:45:00Z", ...details });

test("what plays, by whom, and how much of it is left", async () => {
  await wall(aFullRoom([]));

  expect(screen.getByRole("region", { name: "Now playing" }).textContent).toMatch(
    /Slow Neon.*Harbour Lights.*added by Maya.*2:47 left/,
  );
});

test("the next three that will certainly come, no more", async () => {
  const room = aFullRoom([
    coming("a", { state: "failed" }),
    coming("b"),
    coming("c", { state: "pending" }),
    coming("d", { starts_at_exact: false }),
    coming("e", { starts_at: null }),
    coming("f"),
  ]);
  await wall(room);

  const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
  expect(rows.map((row) => /Song (\w)/.exec(row ?? "")?.[1])).toEqual(["b", "d", "e"]);
  expect(rows[1]).toMatch(/^~\d\d:\d\d/);
  expect(rows[2]).toMatch(/^Song e/);
});

test("an empty room gives the whole wall to the way in", async () => {
  await wall(aRoom([]), { panels: ["queue"] });

  expect(screen.getByText("Nothing plays. Scan to add the first song")).toBeTruthy();
  expect(screen.getByRole("img", { name: `QR code of ${ADDRESS}` })).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Next" })).toBeNull();
});

test("where phones cannot get to, no code leads there", async () => {
  await wall(aRoom([]), { address: null });

  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.getByText("Nothing plays. Add the first song")).toBeTruthy();
});

test("a queue without an address keeps the place of the code", async () => {
  await wall(aFullRoom([coming("b")]), { address: null });

  expect(screen.queryByRole("region", { name: "Join" })).toBeNull();
  expect(screen.getByRole("main").dataset["panels"]).toBe("queue");
});

test("lost, it claims nothing about now: the figures are those of then, and it says so", async () => {
  const then = NOW + 30_000;
  await wall(aFullRoom([coming("b")]), { asOf: then });

  expect(screen.queryByText("Now playing")).toBeNull();
  expect(screen.getByRole("status").textContent).toMatch(/^No connection since \d\d:\d\d/);
  expect(screen.getByText("2:17")).toBeTruthy();
});

test("a room that is silent for the moment still says what comes", async () => {
  await wall(aRoom([coming("b")]));

  expect(screen.getByText("The room is silent for the moment")).toBeTruthy();
  expect(screen.getAllByRole("listitem").length).toBe(1);
});
