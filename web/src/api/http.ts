import { randomId } from "@/lib/lock.ts";
import { problemOf } from "./problem.ts";
import { authorizedFetch } from "./session.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Options {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** One request to a service; throws its `Problem` if it is refused. */
export async function call<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const response = await authorizedFetch(
    new Request(url, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
        // A repeated request of ours never adds a second song.
        ...(method === "POST" ? { "Idempotency-Key": randomId() } : {}),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    }),
  );
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
