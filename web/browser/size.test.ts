import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const KB = 1000;
const FIRST_ROUTE = 250 * KB;
const LAZY_ROUTE = 80 * KB;

interface Chunk {
  file: string;
  name?: string;
  isEntry?: boolean;
  isDynamicEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

const out = path.resolve(import.meta.dirname, "../../src/backline/front/web");
const manifest = JSON.parse(readFileSync(path.join(out, ".vite/manifest.json"), "utf8")) as Record<
  string,
  Chunk
>;

/** The chunk and all that it needs before it can run. */
function needed(key: string, seen = new Set<string>()): Set<string> {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key]?.imports ?? []) needed(next, seen);
  return seen;
}

function weight(keys: Iterable<string>): number {
  return [...keys].reduce((sum, key) => {
    const file = manifest[key]?.file ?? "";
    return sum + (file.endsWith(".js") ? gzipSync(readFileSync(path.join(out, file))).length : 0);
  }, 0);
}

const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry) ?? "";
const first = new Set([...needed(entry), "src/locales/ru/index.ts"]);

test("the first route and its language are at most 250 kB of compressed JavaScript", () => {
  const size = weight(first);

  expect(size).toBeLessThanOrEqual(FIRST_ROUTE);
});

test("each part that loads later adds at most 80 kB", () => {
  const lazy = Object.keys(manifest).filter((key) => manifest[key]?.isDynamicEntry);
  const heavy = lazy.flatMap((key) => {
    const size = weight([...needed(key)].filter((part) => !first.has(part)));
    return size > LAZY_ROUTE ? [`${key}: ${(size / KB).toFixed(1)} kB`] : [];
  });

  expect(lazy.length).toBeGreaterThan(5);
  expect(heavy).toEqual([]);
});

test("the API reference needs no network", () => {
  expect(existsSync(path.join(out, "docs-assets/swagger-ui-bundle.js"))).toBe(true);
});
