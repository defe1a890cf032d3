import i18next from "i18next";
import { duration, fileSize, momentOf, span } from "./format.ts";
import { isolated } from "./isolated.ts";
import { MARK } from "./toasts.ts";

/** The namespace of the words for refusals; they load beside the language's other words. */
export const REFUSALS = "refusals";

type Metadata = Readonly<Record<string, string>>;

/** A sentence for people, with `MARK` where `strong` stands. */
export interface Saying {
  text: string;
  strong?: string;
  /** Only where it is not in the language of the page. */
  lang?: "en";
}

/** What is said of a refusal, in the language of the page; null if it has no words for it. */
export function sayingOfRefusal(domain: string, reason: string, metadata: Metadata): Saying | null {
  // What several kinds of refusal share is a word of the kit's, whoever raised it.
  const template =
    templateOf(`${domain}.${reason}`, metadata) ?? templateOf(`kit.${reason}`, metadata);
  if (template === null) return null;
  const retryAt = metadata["retry_at"];
  const strong = retryAt === undefined ? undefined : shown("retry_at", retryAt);
  const text = fill(template, metadata, { retry_at: MARK });
  if (text === null) return null;
  return strong !== undefined && text.includes(MARK) ? { text, strong } : { text };
}

/** What is said under one field of a form. */
export function sayingOfField(reason: string, metadata: Metadata): string | null {
  const template = templateOf(`fields.${reason}`, metadata) ?? templateOf("fields.other", {});
  return template === null ? null : fill(template, metadata, {});
}

/** Why something cannot be heard, in the language of the page; null if it has no words for it. */
export function wordsForCause(code: string, metadata: Metadata): string | null {
  const template = templateOf(`cause.${code}`, metadata, "translation");
  return template === null ? null : fill(template, metadata, {});
}

export const plain = ({ text, strong = "" }: Saying): string => text.replace(MARK, strong);

function templateOf(key: string, metadata: Metadata, ns = REFUSALS): string | null {
  const context = [
    metadata["case"],
    metadata["state"],
    metadata["required_role"],
    "retry_at" in metadata ? "timed" : undefined,
  ].find(Boolean);
  const options = {
    ns,
    defaultValue: "",
    skipInterpolation: true,
    ...(context === undefined ? {} : { context }),
    ...("count" in metadata ? { count: Number(metadata["count"]) } : {}),
  };
  const template: string = (i18next.t as (key: string, options: object) => string)(key, options);
  return template === "" || template === key ? null : template;
}

/** The template with every gap filled; null if the answer does not say what belongs there. */
function fill(template: string, metadata: Metadata, given: Metadata): string | null {
  let whole = true;
  const text = template.replace(/\{\{(\w+)(, clock)?\}\}/g, (_, name: string, clock?: string) => {
    const value = metadata[name];
    if (!value) whole = false;
    if (clock !== undefined) return duration(Number(value));
    return given[name] ?? shown(name, value ?? "");
  });
  return whole ? text : null;
}

/**
 * A name says what its value is: `retry_at` a moment, `max_bytes` a size, `max_track_s` a span;
 * `{{stops_s, clock}}` asks for 0:07 instead of 7 seconds.
 */
function shown(name: string, value: string): string {
  const language = i18next.language;
  if (name.endsWith("_at")) return momentOf(value, language);
  if (name.endsWith("_bytes")) return fileSize(Number(value), language);
  if (name.endsWith("_s")) return span(Number(value), language);
  return /^\d+$/.test(value)
    ? new Intl.NumberFormat(language).format(Number(value))
    : isolated(value);
}
