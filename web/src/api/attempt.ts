import i18next from "i18next";
import { toast } from "@/lib/toasts.ts";
import { Problem, Unreachable } from "./problem.ts";

/** What went wrong, in the server's own sentence where it gave one. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Unreachable) return i18next.t("wrong.unreachable");
  if (error instanceof Problem && error.message !== "") return error.message;
  return i18next.t("wrong.unknown");
}

/** Does it; a refusal is said in a toast. False if it was refused. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const isOurs = error instanceof Problem && error.status >= 500;
    toast({
      text: sentenceOf(error),
      tone: "bad",
      reference: isOurs ? error.traceId : null,
    });
    return false;
  }
}
