import { expect, test } from "vitest";
import { coverArt } from "./cover-art.ts";

const seeds = Array.from({ length: 500 }, (_, n) => `${n}`.padStart(64, "f"));

test("the same track looks the same everywhere", () => {
  expect(coverArt("9f86d081")).toEqual(coverArt("9f86d081"));
});

test("tracks look different from one another", () => {
  const looks = new Set(seeds.map((seed) => JSON.stringify(coverArt(seed))));

  expect(looks.size).toBeGreaterThan(100);
});

test("every figure is drawn on a ground of another tone", () => {
  for (const { ground, figure, path } of seeds.map(coverArt)) {
    expect(path).not.toBe("");
    expect(figure).not.toBe(ground);
  }
});
