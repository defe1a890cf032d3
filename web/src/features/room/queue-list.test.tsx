import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { setShortcuts } from "@/lib/shortcuts.ts";
import { anItem, aRoom, aTrack } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { QueueList } from "./queue-list.tsx";

const sam = { id: 8, display_name: "Sam" };
const items = [
  anItem("a", { state: "locked", votes: 4, starts_at: "2026-11-20T22:41:00Z" }),
  anItem("b", { starts_at: "2026-11-20T22:45:00Z" }),
  anItem("c", { added_by: sam, starts_at: "2026-11-20T22:48:00Z", starts_at_exact: false }),
  anItem("d", {
    state: "failed",
    reason: "In the words of the service.",
    reason_code: "CUT_SHORT",
    reason_metadata: { stops_s: "7", length_s: "232" },
  }),
  anItem("e", {
    added_by: sam,
    state: "pending",
    track: aTrack({ title: "Song e", status: "analysing", progress: 0.62 }),
  }),
  anItem("f", { added_by: sam, starts_at: "2026-11-20T22:52:00Z" }),
];

async function showQueue(role: "listener" | "host", phone = false) {
  await show(
    <QueueList items={items} shown={items} label="Up next" phone={phone} onReplace={() => {}} />,
    { room: aRoom(items), role },
  );
  // What drags rows comes a moment later, and makes them anew.
  await waitFor(() => {
    const [handle] = screen.getAllByRole("button", { name: /^Drag/ });
    expect(handle?.getAttribute("aria-roledescription")).not.toBeNull();
  });
}

const row = (title: string) => within(screen.getByText(title).closest("li") as HTMLLIElement);

function requests(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const body = await request.clone().text();
    asked.push(`${request.method} ${new URL(request.url).pathname} ${body}`.trim());
    return Response.json({ revision: 2, votes: 1, voted: true });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["a desktop", false],
  ["a phone", true],
])("the queue on %s", (_name, phone) => {
  test("says when each song starts, and how sure that is", async () => {
    await showQueue("listener", phone);

    expect(row("Song a").getByText(/^\d\d:41/)).toBeTruthy();
    expect(row("Song c").getByText(/^~\d\d:48/)).toBeTruthy();
    expect(row("Song e").getByText("when ready")).toBeTruthy();
  });

  test("shows how far a check is and why a song cannot play", async () => {
    await showQueue("listener", phone);

    const bar = row("Song e").getByRole("progressbar");
    expect(bar.getAttribute("aria-valuenow")).toBe("62");
    expect(row("Song d").getByText(/^The sound stops after 0:07 of 3:52\./)).toBeTruthy();
  });

  test("what plays next takes no more votes", async () => {
    const asked = requests();
    await showQueue("listener", phone);

    await userEvent.click(row("Song a").getByRole("button", { name: /Voting is over/ }));

    expect(asked).toEqual([]);
  });

  test("a vote shows at once", async () => {
    const asked = requests();
    await showQueue("listener", phone);

    await userEvent.click(row("Song b").getByRole("button", { name: /^Vote for Song b/ }));

    expect(asked).toEqual(["PUT /api/jukebox/queue/b/vote"]);
  });
});

describe("moving by keys", () => {
  test("a listener's songs trade places among themselves", async () => {
    const asked = requests();
    await showQueue("listener");
    row("Song f").getByRole("button", { name: "More for Song f" }).focus();

    await userEvent.keyboard("{Shift>}{ArrowUp}{/Shift}");

    expect(asked).toEqual(['PUT /api/jukebox/queue/f/position {"before":"c"}']);
  });

  test("a host moves past everybody", async () => {
    const asked = requests();
    await showQueue("host");
    row("Song f").getByRole("button", { name: "More for Song f" }).focus();

    await userEvent.keyboard("{Shift>}{Home}{/Shift}");

    expect(asked).toEqual(['PUT /api/jukebox/queue/f/position {"before":"b"}']);
  });

  test("v votes for the row that has the focus, unless letters are turned off", async () => {
    const asked = requests();
    await showQueue("listener");
    row("Song b").getByRole("button", { name: "More for Song b" }).focus();

    setShortcuts(false);
    await userEvent.keyboard("v");
    expect(asked).toEqual([]);

    setShortcuts(true);
    await userEvent.keyboard("v");
    expect(asked).toEqual(["PUT /api/jukebox/queue/b/vote"]);
  });

  test("arrows and j and k walk the rows", async () => {
    await showQueue("listener");
    const focused = () => document.activeElement?.querySelector("b")?.textContent;

    await userEvent.keyboard("j");
    expect(focused()).toBe("Song a");
    await userEvent.keyboard("j{ArrowDown}");
    expect(focused()).toBe("Song c");
    await userEvent.keyboard("k{ArrowUp}{ArrowUp}");
    expect(focused()).toBe("Song a");
  });

  test("somebody else's song neither moves nor goes", async () => {
    const asked = requests();
    await showQueue("listener");
    row("Song b").getByRole("button", { name: "More for Song b" }).focus();

    await userEvent.keyboard("{Shift>}{ArrowDown}{/Shift}{Delete}");

    expect(asked).toEqual([]);
  });

  test("the menu says who may", async () => {
    await showQueue("listener");

    await userEvent.click(row("Song b").getByRole("button", { name: "More for Song b" }));

    expect(await screen.findByText("Ann and hosts may do this.")).toBeTruthy();
  });
});
