import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Playback, QueueItem } from "@/api/types.ts";
import { anItem, aPlayback, aRoom } from "@/testing/builders.ts";
import { show } from "@/testing/render.tsx";
import { useStart } from "./use-start.ts";

function Start({ item }: { item: QueueItem }) {
  return <p>{useStart(item).text}</p>;
}

test.each<[Playback["state"], QueueItem["state"], string]>([
  ["paused", "queued", "after the pause"],
  ["idle", "queued", "once it plays"],
  ["playing", "queued", "when ready"],
  ["paused", "pending", "when ready"],
])("while it is %s, a %s song without a time starts %s", async (state, itemState, words) => {
  const item = anItem("a", { state: itemState, starts_at: null });
  await show(<Start item={item} />, { room: aRoom([item], { playback: aPlayback({ state }) }) });

  expect(screen.getByText(words)).toBeTruthy();
});
