/** A text with the words that were searched for underlined. */
export function Marked({ text, query }: { text: string; query: string }) {
  const words = query.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return text;
  const pattern = new RegExp(`(${words.map(literal).join("|")})`, "giu");
  return text.split(pattern).map((part, index) =>
    // What was captured stands at the odd places.
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other identity.
    index % 2 === 1 ? <mark key={`${index}-${part}`}>{part}</mark> : part,
  );
}

function literal(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
