import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { words as en } from "./en/index.ts";
import { words as ru } from "./ru/index.ts";

const src = path.resolve(import.meta.dirname, "..");
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(tree: object, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string"
        ? [[prefix + key, value]]
        : Object.entries(flat(value as object, `${prefix}${key}.`)),
    ),
  );
}

const languages = { en: flat(en), ru: flat(ru) };
const names = (texts: Record<string, string>) =>
  new Set(Object.keys(texts).map((key) => key.replace(PLURAL, "")));
const slots = (text: string) =>
  new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));

function sources(): [file: string, tree: ts.SourceFile][] {
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."))
    .map((file) => {
      const text = readFileSync(path.join(src, file), "utf8");
      return [file, ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)];
    });
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

function nodes<N extends ts.Node>(is: (node: ts.Node) => node is N): N[] {
  const found: N[] = [];
  for (const [, tree] of sources()) {
    walk(tree, (node) => {
      if (is(node)) found.push(node);
    });
  }
  return found;
}

/** The text that `t("…")` asks for. */
function askedBy(call: ts.CallExpression): string[] {
  const [key] = call.arguments;
  const isT = /(^|\.)t$/.test(call.expression.getText());
  return isT && key !== undefined && ts.isStringLiteralLike(key) ? [key.text] : [];
}

describe("locales", () => {
  test("both languages have the same texts", () => {
    expect([...names(languages.ru)].sort()).toEqual([...names(languages.en)].sort());
  });

  test.each(Object.entries(languages))(
    "%s has every plural form of its language",
    (lang, texts) => {
      const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
      const counted = Object.keys(texts).filter((key) => PLURAL.test(key));

      for (const name of new Set(counted.map((key) => key.replace(PLURAL, "")))) {
        for (const form of forms) expect(Object.keys(texts)).toContain(`${name}_${form}`);
      }
    },
  );

  test("a text fills the same gaps in both languages", () => {
    for (const name of names(languages.en)) {
      const gaps = (texts: Record<string, string>) =>
        slots(texts[name] ?? texts[`${name}_other`] ?? "");
      expect([name, gaps(languages.ru)]).toEqual([name, gaps(languages.en)]);
    }
  });

  test("no text is empty and none shouts", () => {
    for (const [key, text] of Object.entries({ ...languages.en, ...languages.ru })) {
      expect([key, text.trim()]).not.toEqual([key, ""]);
      expect([key, text.includes("!")]).toEqual([key, false]);
    }
  });

  test("one thing has one name, and what is typed is typographic", () => {
    const all = Object.entries(languages).flatMap(([lang, texts]) =>
      Object.entries(texts).map(([key, text]): [string, string] => [`${lang} ${key}`, text]),
    );
    // The table of terms is in CONTRIBUTING.md.
    const foreign =
      /["']|\.\.\.|\b(?:item|payload|invalid)s?\b|[Кк]омнат|[Пп]леер|[Бб]иблиотек|\(а\)/u;

    expect(all.filter(([, text]) => foreign.test(text))).toEqual([]);
  });

  test("every text that the code asks for exists", () => {
    const known = [...names(languages.en)];
    for (const key of nodes(ts.isCallExpression).flatMap(askedBy)) expect(known).toContain(key);
  });

  test("every text is asked for somewhere", () => {
    const exact = new Set(nodes(ts.isStringLiteralLike).map(({ text }) => text));
    const stems = nodes(ts.isTemplateExpression).map(({ head }) => head.text);
    // `rule.${kind}.name` asks for all that begins with `rule.`
    const usable = stems.filter((stem) => stem.endsWith("."));
    const isAsked = (name: string) =>
      exact.has(name) || usable.some((stem) => name.startsWith(stem));

    expect([...names(languages.en)].filter((name) => !isAsked(name))).toEqual([]);
  });

  test("no component holds a text of its own", () => {
    const found = sources().flatMap(([file, tree]) =>
      ownTexts(tree)
        .filter((text) => WORDS.test(text) && !NAMES.has(text.trim()))
        .map((text) => `${file}: ${text}`),
    );

    expect(found).toEqual([]);
  });

  test("no code holds a sentence of its own", () => {
    const found: string[] = [];
    for (const [file, tree] of sources().filter(([name]) => !name.startsWith("testing/"))) {
      walk(tree, (node) => {
        if (!ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) return;
        const isForPeople = SENTENCE.test(node.text) || /\p{Script=Cyrillic}/u.test(node.text);
        if (isForPeople && !NAMES.has(node.text) && !isForDevelopers(node))
          found.push(`${file}: ${node.text}`);
      });
    }

    expect(found).toEqual([]);
  });
});

const WORDS = /\p{L}{2,}/u;
const SENTENCE = /^\p{Lu}\p{Ll}+ (?:\p{L}+ )*\p{Ll}/u;
/** What is called the same in every language. */
const NAMES = new Set(["Backline", "English", "Русский"]);
const SPOKEN = new Set([
  "aria-label",
  "aria-description",
  "aria-placeholder",
  "aria-roledescription",
  "aria-valuetext",
  "alt",
  "description",
  "label",
  "placeholder",
  "title",
]);

/** What a component's own source puts on the screen or into somebody's ears. */
function ownTexts(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (ts.isJsxText(node)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText())) {
      found.push(...literals(node.initializer));
    }
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) {
      found.push(...literals(node.expression));
    }
    const isTitle = ts.isBinaryExpression(node) && node.left.getText() === "document.title";
    if (isTitle) found.push(...literals(node.right).filter((text) => !text.includes("Backline")));
  });
  return found;
}

/** The texts an expression may come to; what is only handed to a function is none of them. */
function literals(node: ts.Node | undefined): string[] {
  if (node === undefined) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  }
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(literals);
  if (ts.isBinaryExpression(node)) {
    const joins = [
      ts.SyntaxKind.PlusToken,
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
      ts.SyntaxKind.AmpersandAmpersandToken,
    ].includes(node.operatorToken.kind);
    return joins ? [node.left, node.right].flatMap(literals) : [];
  }
  if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node)) {
    return literals(node.expression);
  }
  return [];
}

/** The message of an error, or of the console: people never see it. */
function isForDevelopers(node: ts.Node): boolean {
  for (let at: ts.Node = node; at.parent !== undefined; at = at.parent) {
    if (ts.isNewExpression(at) && /Error$/.test(at.expression.getText())) return true;
    if (ts.isCallExpression(at) && /^console\./.test(at.expression.getText())) return true;
  }
  return false;
}
