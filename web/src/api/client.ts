import createClient, { type Middleware } from "openapi-fetch";
import { randomId } from "@/lib/lock.ts";
import { Problem } from "./problem.ts";
import type { paths } from "./schema.d.ts";
import { authorizedFetch } from "./session.ts";

/** Every request of the app but those that make a session; typed by what the services say. */
export const client = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  fetch: authorizedFetch,
});

const once: Middleware = {
  onRequest({ request }) {
    // A repeated request of ours never adds a second song.
    const isKeyed = request.headers.has("Idempotency-Key");
    if (request.method === "POST" && !isKeyed) request.headers.set("Idempotency-Key", randomId());
    return request;
  },
};

client.use(once);

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** What the service answered; its refusal is thrown as the `Problem` that it is. */
export async function answered<T>(request: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (response.ok) return data as T;
  throw new Problem(response.status, isRecord(error) ? error : {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
