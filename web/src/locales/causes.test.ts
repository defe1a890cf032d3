import i18next from "i18next";
import { beforeEach, describe, expect, test } from "vitest";
import { whyFailed, whySilent, whyUnusable } from "@/api/causes.ts";
import openapi from "@/api/openapi.json";
import { anItem, aPlayback, aTrack } from "@/testing/builders.ts";
import en from "./en/causes.json";
import { words as english } from "./en/index.ts";
import ru from "./ru/causes.json";
import { words as russian } from "./ru/index.ts";

/** Every code that the services know: the source of truth is their description of themselves. */
const CODES = new Set<string>(openapi.components.schemas.CauseCode.enum);
const SUFFIX = /(_by)?(_(one|few|many|other))?$/;
const codesOf = (words: object) =>
  new Set(Object.keys(words).map((key) => key.replace(SUFFIX, "")));
const gaps = (text: string) => [...text.matchAll(/\{\{(.+?)\}\}/g)].map(([gap]) => gap).sort();

describe.each(Object.entries({ en, ru }))("why something cannot be heard, in %s", (_, words) => {
  test("has words for every code of the services, and for no other", () => {
    expect(codesOf(words.cause)).toEqual(CODES);
  });

  test("names what the other language names", () => {
    const other: Record<string, string> = en.cause;
    for (const [key, text] of Object.entries(words.cause)) {
      const twin = other[key] ?? other[`${key.replace(SUFFIX, "")}_other`] ?? "";
      expect([key, gaps(text)]).toEqual([key, gaps(twin)]);
    }
  });
});

describe("what is said", () => {
  beforeEach(async () => {
    const resources = { en: { translation: english }, ru: { translation: russian } };
    await i18next.init({ lng: "ru", fallbackLng: false, resources });
  });

  const failed = (code: string | null, metadata: Record<string, string> = {}) =>
    anItem("a", {
      state: "failed",
      reason: "In English.",
      reason_code: code as "CUT_SHORT",
      reason_metadata: metadata,
    });

  test("of a song is in the page's language, with figures as people here write them", () => {
    const cut = failed("CUT_SHORT", { stops_s: "7", length_s: "232" });
    const rate = failed("SAMPLE_RATE", { rate: "384000", least: "4000", most: "192000" });

    expect(whyFailed(cut)).toEqual({
      text: "Звук обрывается на 0:07 из 3:52. Нужен полный файл.",
    });
    expect(whyFailed(rate).text).toMatch(/384\s000 Гц.+ от 4\s000 до 192\s000 Гц/);
    expect(whyFailed(failed("TOO_LONG", { max_s: "10800" })).text).toContain("чем 3 часа");
    expect(whyFailed(failed("SKIPPED", { case: "by", by: "Ann" })).text).toContain("Ann");
    expect(whyFailed(failed("SKIPPED")).text).toBe("Песню пропустили.");
  });

  test("of the whole room counts as Russian does", () => {
    const metadata = { count: "5", title: "Ода" };
    const details = { message: "In English.", message_metadata: metadata };

    expect(whySilent(aPlayback({ ...details, message_code: "SONGS_FAILED" }))?.text).toMatch(
      /^Не удалось проиграть 5 песен подряд, последняя — «Ода»\./,
    );
    expect(whySilent(aPlayback())).toBeNull();
  });

  test("of a song without a reason of its own is why its file cannot be used", () => {
    const track = aTrack({ status: "failed", error: "In English.", error_code: "NO_SOUND" });
    const item = anItem("a", { state: "failed", track });

    expect(whyFailed(item)).toEqual(whyUnusable(track));
    expect(whyUnusable(track).text).toBe("В этом файле нет звука. Загрузите другую копию.");
    expect(whyFailed(anItem("b", { state: "failed" })).text).not.toBe("");
  });

  test.each([
    ["unknown here", "ASTEROID", {}],
    ["from before there were codes", null, {}],
    ["without what its words name", "TOO_LONG", {}],
  ])("of a code that is %s is the service's sentence, marked as English", (_, code, metadata) => {
    expect(whyFailed(failed(code, metadata))).toEqual({ text: "In English.", lang: "en" });
  });

  test("of a room that was kept by an older version is its sentence", () => {
    const { reason_code: _code, reason_metadata: _metadata, ...kept } = failed(null);

    expect(whyFailed(kept as ReturnType<typeof failed>).text).toBe("In English.");
  });

  test("in English needs no mark", async () => {
    await i18next.changeLanguage("en");

    expect(whyFailed(failed("ASTEROID"))).toEqual({ text: "In English." });
    expect(whyFailed(failed("DAMAGED")).text).toMatch(/^The file seems to be damaged/);
  });
});
