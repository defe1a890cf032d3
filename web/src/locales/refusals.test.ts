import { readFileSync } from "node:fs";
import path from "node:path";
import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import { REFUSALS } from "@/lib/refusals.ts";
import en from "./en/refusals.json";
import ru from "./ru/refusals.json";

const root = path.resolve(import.meta.dirname, "../../..");
const PLURAL = /_(zero|one|two|few|many|other)$/;
const reference = readFileSync(path.join(root, "docs/reference/errors.md"), "utf8");

/** Reasons that no page can be answered with: command line, start-up, sockets, other processes. */
const ELSEWHERE: Record<string, RegExp> = {
  cli: /./,
  player: /./,
  identity: /^KEYS_READABLE_BY_OTHERS$/,
  jukebox: /^CONDUCTOR_REPLACED$/,
  lineup: /^(INVALID_PAGE|INVALID_SCORE|SCORE_OF_ANOTHER|SCORE_VERSION_REUSED)$/,
  scores: /^SCORE_REFUSED$/,
  kit: new RegExp(
    "^(ADDRESS_TAKEN|ALREADY_RUNNING|BAD_KAFKA_ADDRESS|DATABASE_TOO_NEW|DEADLINE_REQUIRED|DID_NOT_START" +
      "|FOREIGN_ORIGIN|FOREIGN_TOKEN|INVALID_MESSAGE|MESSAGE_ID_INVALID|MESSAGE_TOO_OLD|NO_ACCOUNT" +
      "|NURSERY_ENDED|POSTGRES_FAILED|POSTGRES_MISSING|TICKET_MISSING|TOO_MANY_SOCKETS|UNKNOWN_BROKER|UNKNOWN_QUEUE)$",
  ),
};
/** Raised as a kind itself, or answered by the web framework: not in the reference. */
const KINDS = ["ABORTED", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE"].map((r) => `kit.${r}`);
const FRAMEWORK = [
  "http.METHOD_NOT_ALLOWED",
  "http.NOT_FOUND",
  "identity.INVALID_REQUEST",
  "jukebox.INVALID_REQUEST",
  "lineup.INVALID_REQUEST",
  "scores.INVALID_REQUEST",
];

interface Refusal {
  key: string;
  metadata: string[];
}

function refusals(): Refusal[] {
  const found: Refusal[] = [];
  let domain = "";
  for (const line of reference.split("\n")) {
    domain = /^## (\w+)/.exec(line)?.[1] ?? domain;
    const [, reason = "", , , , , metadata = ""] = line.split("|").map((cell) => cell.trim());
    const name = /^`(\w+)`$/.exec(reason)?.[1];
    if (name !== undefined && !ELSEWHERE[domain]?.test(name)) {
      found.push({ key: `${domain}.${name}`, metadata: metadata.split(", ") });
    }
  }
  return found;
}

const known = refusals();
const base = (key: string) => /^[A-Z_]+[A-Z]/.exec(key)?.[0] ?? key;

function sentences(words: object): [key: string, text: string][] {
  return Object.entries(words as Record<string, Record<string, string>>)
    .filter(([domain]) => domain !== "fields")
    .flatMap(([domain, texts]) =>
      Object.entries(texts).map(([key, text]): [string, string] => [`${domain}.${key}`, text]),
    );
}

const reasonOf = (key: string) => {
  const [domain = "", name = ""] = key.split(".");
  return `${domain}.${base(name)}`;
};

describe.each(Object.entries({ en, ru }))("refusals in %s", (language, words) => {
  const said = sentences(words);

  test("every refusal that a page can meet has its words", () => {
    const has = new Set(said.map(([key]) => reasonOf(key)));
    const wanted = [...known.map(({ key }) => key), ...KINDS, ...FRAMEWORK];

    expect(wanted.filter((key) => !has.has(key))).toEqual([]);
  });

  test("there are no words for a refusal that does not exist", () => {
    const exist = new Set([...known.map(({ key }) => key), ...KINDS, ...FRAMEWORK]);

    expect(said.map(([key]) => reasonOf(key)).filter((key) => !exist.has(key))).toEqual([]);
  });

  test("the services give along what the words name", () => {
    const given = new Map(known.map(({ key, metadata }) => [key, metadata]));
    const missing = said.flatMap(([key, text]) =>
      [...text.matchAll(/\{\{(\w+)\}\}/g)]
        .filter(([, name = ""]) => !given.get(reasonOf(key))?.includes(name))
        .map(([gap]) => `${key}: ${gap}`),
    );

    expect(missing).toEqual([]);
  });

  test("a counted sentence has every plural form, for every case of it", () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const keys = new Set(said.map(([key]) => key));
    const counted = [...keys].filter((key) => PLURAL.test(key));

    expect(said.filter(([key, text]) => text.includes("{{count}}") && !PLURAL.test(key))).toEqual(
      [],
    );
    for (const key of counted) {
      for (const form of forms) expect(keys).toContain(key.replace(PLURAL, `_${form}`));
    }
  });

  test("no sentence is empty or shouts", () => {
    expect(said.filter(([, text]) => text.trim() === "" || text.includes("!"))).toEqual([]);
  });
});

test("both languages tell the same cases apart", () => {
  const cases = (words: object) =>
    new Set(sentences(words).map(([key]) => key.replace(PLURAL, "")));

  expect(cases(ru)).toEqual(cases(en));
  expect(Object.keys(ru.fields)).toEqual(Object.keys(en.fields));
});

describe("what is said of a refusal", () => {
  beforeAll(async () => {
    const resources = { en: { [REFUSALS]: en }, ru: { [REFUSALS]: ru } };
    await i18next.init({ lng: "ru", fallbackLng: false, resources });
  });

  const refused = (reason: string, metadata: Record<string, string>, more = {}) =>
    new Problem(409, {
      domain: "jukebox",
      reason,
      detail: "In English.",
      metadata,
      ...more,
    });

  test.each([
    ["1", "У вас в очереди 1 песня. Место освободится, когда она начнётся."],
    ["2", "У вас в очереди 2 песни. Место освободится, когда начнётся одна из них."],
    ["5", "У вас в очереди 5 песен. Место освободится, когда начнётся одна из них."],
    ["21", "У вас в очереди 21 песня. Место освободится, когда она начнётся."],
    ["112", "У вас в очереди 112 песен. Место освободится, когда начнётся одна из них."],
  ])("counts %s as Russian does", (count, sentence) => {
    expect(sentenceOf(refused("TOO_MANY_WAITING", { count }))).toBe(sentence);
  });

  test("a moment is a time of day here, and a case has a sentence of its own", () => {
    const at = new Date();
    at.setHours(22, 56, 0, 0);
    const metadata = { count: "3", retry_at: at.toISOString() };

    expect(sentenceOf(refused("TOO_MANY_WAITING", metadata))).toBe(
      "У вас в очереди 3 песни. Место освободится после 22:56.",
    );
    expect(sentenceOf(refused("ITEM_GONE", { title: "Ода", state: "removed" }))).toBe(
      "«Ода» уже убрали.",
    );
    expect(
      sentenceOf(
        refused("QUOTA_REACHED", {
          case: "own",
          used_bytes: String(1.5 * 1024 ** 3),
          quota_bytes: String(2 * 1024 ** 3),
        }),
      ),
    ).toBe("Ваши песни занимают 1,5 ГБ из 2 ГБ. Удалите лишние, чтобы загрузить ещё.");
    expect(sentenceOf(refused("TRACK_TOO_LONG", { title: "Ода", max_track_s: "900" }))).toBe(
      "«Ода» длиннее, чем 15 минут, — здесь это предел. Ведущий может её добавить.",
    );
  });

  test("without words for it, or with a gap, the service's own sentence is said", () => {
    expect(sentenceOf(refused("SOMETHING_NEW", {}))).toBe("In English.");
    expect(sentenceOf(refused("ITEM_PLAYING", {}))).toBe("In English.");
  });

  test("a field says what is wrong with it", () => {
    const errors = [
      { pointer: "#/name", detail: "…", reason: "LENGTH", metadata: { least: "3", most: "32" } },
      { pointer: "#/age", detail: "…", reason: "INT_PARSING", metadata: {} },
    ];
    const problem = refused("INVALID_REQUEST", {}, { errors });

    expect(problem.field("name")).toBe("Длина — от 3 до 32 знаков.");
    expect(problem.field("age")).toBe("Проверьте это поле.");
  });
});
