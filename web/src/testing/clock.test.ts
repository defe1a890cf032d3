import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const src = path.resolve(import.meta.dirname, "..");
const ALLOWED = path.join("lib", "live", "environment.ts");
const RAW = /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\btimeOrigin\b/;

test("what people see goes by the server's clock: this machine's may be wrong by an hour", () => {
  const raw = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && file !== ALLOWED)
    .filter((file) => RAW.test(readFileSync(path.join(src, file), "utf8")));

  expect(raw).toEqual([]);
});
