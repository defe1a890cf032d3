import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const src = path.resolve(import.meta.dirname, "..");
const LONGEST = 250;

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"),
);

test.each(files)("%s can be read in one go", (file) => {
  const lines = readFileSync(path.join(src, file), "utf8").split("\n").length - 1;

  expect(lines).toBeLessThanOrEqual(LONGEST);
});

test("colours have their one place", () => {
  const allowed = ["styles/tokens.css", "components/cover-art.ts"];
  const coloured = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(css|tsx?)$/.test(file) && !file.includes(".test."))
    .filter((file) => !allowed.includes(file))
    .filter((file) =>
      /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i.test(readFileSync(path.join(src, file), "utf8")),
    );

  expect(coloured).toEqual([]);
});
