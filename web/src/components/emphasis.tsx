import { MARK } from "@/lib/toasts.ts";

/** A translated sentence with a name in bold where its mark stands. */
export function Emphasis({ text, strong }: { text: string; strong?: string | undefined }) {
  const [before, after] = text.split(MARK);
  if (strong === undefined || after === undefined) return text;
  return (
    <>
      {before}
      <b>{strong}</b>
      {after}
    </>
  );
}
