import { Store } from "./store.ts";

export interface Toast {
  id: number;
  /** What happened, in words, with `MARK` where `strong` stands. */
  text: string;
  strong?: string | undefined;
  /** Only where the text is not in the language of the page. */
  lang?: "en" | undefined;
  tone: "plain" | "bad";
  action?: { label: string; run: () => void };
  /** For reports: which request it was. */
  reference?: string | null;
}

/** Stands in a translated sentence for a name that is shown in bold. */
export const MARK = "\u0001";

let next = 1;

export const toasts = new Store<readonly Toast[]>([]);

const STAYS_MS = 7_000;

export function toast(content: Omit<Toast, "id">, staysMs = STAYS_MS): void {
  const id = next++;
  // The same sentence twice says nothing new.
  toasts.update((all) => [
    ...all.filter((one) => !sameWords(one, content)).slice(-2),
    { ...content, id },
  ]);
  setTimeout(() => dismiss(id), staysMs);
}

function sameWords(one: Omit<Toast, "id">, other: Omit<Toast, "id">): boolean {
  return one.text === other.text && one.strong === other.strong;
}

export function dismiss(id: number): void {
  toasts.update((all) => all.filter((one) => one.id !== id));
}
