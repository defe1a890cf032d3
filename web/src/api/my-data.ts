import { answered, client } from "./client.ts";

const PAGE = 500;

interface DataPage {
  part: string;
  items: unknown[];
  next_cursor: string | null;
}

/** Who keeps something of people, and how each hands it over, page by page. */
const KEEPERS: Record<string, (cursor: string | undefined) => Promise<DataPage>> = {
  identity: (cursor) => answered(client.GET("/api/identity/auth/me/data", page(cursor))),
  jukebox: (cursor) => answered(client.GET("/api/jukebox/me/data", page(cursor))),
  lineup: (cursor) => answered(client.GET("/api/lineup/me/data", page(cursor))),
  scores: (cursor) => answered(client.GET("/api/scores/me/data", page(cursor))),
};

const page = (cursor: string | undefined) => ({
  params: { query: { limit: PAGE, ...(cursor && { cursor }) } },
});

/**
 * All that the services keep of the caller, as the pieces of one JSON document.
 *
 * Page by page, so that no more than one page is held at a time.
 */
export async function* myData(about: Record<string, string>): AsyncGenerator<string> {
  yield `{\n"about": ${JSON.stringify(about, null, 2)}`;
  for (const [service, read] of Object.entries(KEEPERS)) {
    yield `,\n"${service}": {`;
    yield* partsOf(read);
    yield "\n}";
  }
  yield "\n}\n";
}

async function* partsOf(read: (cursor: string | undefined) => Promise<DataPage>) {
  let open: string | null = null;
  let cursor: string | undefined;
  let isFirst = true;
  do {
    const { part, items, next_cursor } = await read(cursor);
    if (part !== open) {
      yield `${open === null ? "" : "\n],"}\n"${part}": [`;
      open = part;
      isFirst = true;
    }
    for (const item of items) {
      yield `${isFirst ? "" : ","}\n${JSON.stringify(item)}`;
      isFirst = false;
    }
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  yield "\n]";
}
