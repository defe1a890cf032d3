import { serverNow } from "./server-now.ts";

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The time of day as people here read it: 22:41. */
export function clockTime(at: number | string | Date, language: string): string {
  let format = clocks.get(language);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language, {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(language, format);
  }
  return format.format(new Date(at));
}

/** A length of time in figures: 4:12, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** Two letters for a person without a picture. */
export function initials(name: string): string {
  const [first = "", second] = name.trim().split(/\s+/);
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join("").toLocaleUpperCase();
}

/** Megabytes with one decimal, in figures only. */
export function megabytes(bytes: number, language: string): string {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(bytes / 1_000_000);
}

/** A date and a time of day, for things of other days. */
export function dateTime(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(at));
}

/** A time of day, with its date unless that is today. */
export function momentOf(at: string, language: string): string {
  const sameDay = new Date(at).toDateString() === new Date(serverNow()).toDateString();
  return sameDay ? clockTime(at, language) : dateTime(at, language);
}

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** How much a file or a library takes: 200 MB, 1.5 GB. */
export function fileSize(bytes: number, language: string): string {
  const [unit, size] = bytes < GB ? ["megabyte", MB] : ["gigabyte", GB];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: String(unit),
    maximumFractionDigits: bytes < GB ? 0 : 1,
  }).format(bytes / Number(size));
}

/** A length of time in words: 15 minutes. */
export function span(seconds: number, language: string): string {
  const [unit, size] =
    seconds < 120 ? ["second", 1] : seconds < 7_200 ? ["minute", 60] : ["hour", 3_600];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: String(unit),
    unitDisplay: "long",
    maximumFractionDigits: 0,
  }).format(seconds / Number(size));
}

/** A mean of scores with one decimal: 4.2. */
export function meanOf(mean: number, language: string): string {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(mean);
}
