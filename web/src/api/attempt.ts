import i18next from "i18next";
import { plain, type Saying, sayingOfRefusal } from "@/lib/refusals.ts";
import { toast } from "@/lib/toasts.ts";
import { Problem, Unreachable } from "./problem.ts";

/** What went wrong; in the server's own sentence where the page's language has none for it. */
export function sayingOf(error: unknown): Saying {
  if (error instanceof Unreachable) return { text: i18next.t("wrong.unreachable") };
  if (error instanceof Problem) {
    const saying = sayingOfRefusal(error.domain, error.reason, error.metadata);
    if (saying !== null) return saying;
    if (error.message !== "") {
      return i18next.language === "en"
        ? { text: error.message }
        : { text: error.message, lang: "en" };
    }
  }
  return { text: i18next.t("wrong.unknown") };
}

/** The same in one piece, without emphasis. */
export const sentenceOf = (error: unknown): string => plain(sayingOf(error));

/** Does it; a refusal is said in a toast. False if it was refused. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const isOurs = error instanceof Problem && error.status >= 500;
    toast({
      ...sayingOf(error),
      tone: "bad",
      reference: isOurs ? error.traceId : null,
    });
    return false;
  }
}
