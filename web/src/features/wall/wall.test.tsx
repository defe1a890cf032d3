import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Act } from "@/api/acts.ts";
import type { QueueItem, RoomDocument } from "@/api/types.ts";
import { anAct, anItem, aPlayback, aRoom, aTrack } from "@/testing/builders.ts";
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
  acts?: Act[];
  asOf?: number | null;
  address?: string | null;
}

const wall = (room: RoomDocument, look: Look = {}) => {
  const { panels = ["queue", "qr"], acts = [], asOf = null, address = ADDRESS } = look;
  return show(<Wall {...{ room, panels, acts, asOf, address }} now={asOf ?? NOW} time={NOW} />, {
    room,
  });
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

const region = (name: string) => screen.queryByRole("region", { name });

test("an act that is scored has the wall: its mean, how the scores fall, and how long still", async () => {
  await wall(aFullRoom([coming("b")]), { panels: ["score", "qr"], acts: [anAct()] });

  expect(region("Open for scores")?.textContent).toMatch(/The Tin Roofs.*4\.2.*87 scores/);
  expect(screen.getByRole("img", { name: /^5 stars: 41, 4 stars: 28/ })).toBeTruthy();
  expect(region("Time left")?.textContent).toMatch(/^3:00left to score, closes \d\d:41$/);
  expect(screen.getByText("Scan to score")).toBeTruthy();
  expect(region("Now playing")).toBeNull();
});

test("with the queue, what comes next stands beside the score", async () => {
  await wall(aFullRoom([coming("b")]), { panels: ["queue", "score", "qr"], acts: [anAct()] });

  expect(region("Open for scores")).toBeTruthy();
  expect(screen.getAllByRole("listitem")).toHaveLength(1);
});

test("of several acts that which closes soonest is shown", async () => {
  const later = anAct({ id: 4, title: "Later", deadline: "2026-11-20T22:59:00Z" });
  await wall(aFullRoom([]), { panels: ["score"], acts: [later, anAct()] });

  expect(screen.getByText("The Tin Roofs")).toBeTruthy();
});

test("a result stays for ten minutes; then the room has the wall again", async () => {
  const over = (deadline: string) => [anAct({ opens_at: "2026-11-20T22:00:00Z", deadline })];
  const { unmount } = await wall(aFullRoom([]), {
    panels: ["queue", "score"],
    acts: over("2026-11-20T22:29:00Z"),
  });
  expect(region("Result")?.textContent).toMatch(/4\.2.*87 scores/);
  unmount();

  await wall(aFullRoom([]), { panels: ["queue", "score"], acts: over("2026-11-20T22:27:00Z") });
  expect(region("Result")).toBeNull();
  expect(region("Now playing")).toBeTruthy();
});
