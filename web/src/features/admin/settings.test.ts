import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import meanings from "./settings.ru.json";

const example = path.resolve(import.meta.dirname, "../../../../.env.example");

test("every setting has its meaning in Russian, and there is no meaning without a setting", () => {
  const names = [...readFileSync(example, "utf8").matchAll(/^#([A-Z][A-Z0-9_]+)=/gm)];

  expect(Object.keys(meanings).sort()).toEqual(names.map(([, name]) => name).sort());
});
