import type { TFunction } from "i18next";
import type { Change } from "@/api/host.ts";
import { MARK } from "@/lib/toasts.ts";

/** What somebody did, as a sentence with `MARK` where the song's title stands. */
export function wordsOf(change: Change, t: TFunction, myId: number | undefined): string | null {
  const { by, song, details } = change;
  const mine = by !== null && by.id === myId;
  const values = {
    who: by === null ? "" : mine ? t("you") : by.display_name,
    owner: song?.added_by.display_name ?? "",
    title: MARK,
    count: numberOf(details, "songs") || numberOf(details, "votes") || numberOf(details, "seconds"),
    percent: Math.round(numberOf(details, "volume") * 100),
    name: String(details["name"] ?? ""),
  };
  const sentence = t(`host.did.${keyOf(change)}`, {
    ...values,
    why: t(`host.refused.${String(details["reason"])}`, { defaultValue: t("host.refused.other") }),
    rule: ruleOf(details, t),
    defaultValue: "",
  });
  return sentence === "" ? null : sentence;
}

function keyOf({ what, by, song, details }: Change): string {
  switch (what) {
    case "moved":
      return numberOf(details, "to") < numberOf(details, "from") ? "movedUp" : "movedDown";
    case "removed":
      return song?.added_by.id === by?.id ? "removedOwn" : "removed";
    case "undone":
      return `undone.${String(details["what"])}`;
    case "skipped":
      return details["by_votes"] ? "skippedByVotes" : "skipped";
    case "volume":
      return details["muted"] ? "muted" : "volume";
    case "crossfade":
      return numberOf(details, "seconds") === 0 ? "noCrossfade" : "crossfade";
    case "started":
    case "paused":
    case "stopped":
      return song === null ? `${what}Nothing` : what;
    case "rule":
      return ruleKey(details);
    default:
      return what;
  }
}

function after(details: Change["details"]): Record<string, unknown> {
  const found = details["after"];
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}

function ruleKey(details: Change["details"]): string {
  const changed = after(details);
  if ("kind" in changed) return "ruleKind";
  if ("open" in changed) return changed["open"] ? "opened" : "closed";
  return "rule";
}

function ruleOf(details: Change["details"], t: TFunction): string {
  const kind = after(details)["kind"];
  return typeof kind === "string" ? t(`rule.${kind}.name`, { defaultValue: "" }) : "";
}

function numberOf(details: Change["details"], name: string): number {
  const value = details[name];
  return typeof value === "number" ? value : 0;
}
