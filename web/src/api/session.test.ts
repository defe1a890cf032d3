import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unreachable } from "./problem.ts";
import { authorizedFetch, bearer, refresh, session, start } from "./session.ts";

const tokens = (name: string) => ({
  access_token: name,
  expires_in: 600,
  user: { id: 7, username: "ann", display_name: "Ann", role: "listener" },
});

type Answer = () => Response | Promise<Response>;

/** What the service answers, request by request. */
function answers(...list: Answer[]) {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(`http://box${input}`, init);
    asked.push(request);
    const next = list.shift();
    if (next === undefined) throw new TypeError("no network");
    return next();
  });
  return asked;
}

const ok = (body: unknown) => () => Response.json(body);
const refused = () => Response.json({ detail: "Log in." }, { status: 401 });

beforeEach(() => {
  vi.useFakeTimers();
  Object.defineProperty(navigator, "locks", {
    configurable: true,
    value: { request: (_name: string, action: () => Promise<unknown>) => action() },
  });
});
afterEach(() => {
  Reflect.deleteProperty(navigator, "locks");
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("session", () => {
  test("comes back by its cookie when the page opens", async () => {
    answers(ok(tokens("one")));

    await start();

    expect(bearer()).toBe("one");
    expect(session.get()).toMatchObject({ status: "in", user: { display_name: "Ann" } });
  });

  test("is over when the cookie is refused", async () => {
    answers(refused);

    expect(await refresh()).toBe(false);
    expect(session.get()).toEqual({ status: "out" });
    expect(bearer()).toBeNull();
  });

  test("is not over when nobody answers", async () => {
    answers(ok(tokens("one")));
    await start();
    answers();

    await expect(refresh()).rejects.toThrow(Unreachable);

    expect(session.get().status).toBe("in");
  });

  test("is renewed once for requests that come together", async () => {
    const asked = answers(ok(tokens("one")), ok(tokens("two")));

    await Promise.all([refresh(), refresh()]);

    expect(asked).toHaveLength(1);
  });

  test("a request whose token ran out is sent again with a new one", async () => {
    answers(ok(tokens("old")));
    await start();
    const asked = answers(refused, ok(tokens("new")), ok({ fine: true }));

    const response = await authorizedFetch(
      new Request("http://box/api/jukebox/queue", { method: "POST", body: "{}" }),
    );

    expect(await response.json()).toEqual({ fine: true });
    expect(asked[0]?.headers.get("Authorization")).toBe("Bearer old");
    expect(asked[2]?.headers.get("Authorization")).toBe("Bearer new");
    expect(await asked[2]?.text()).toBe("{}");
  });

  test("renews itself a minute before its token runs out", async () => {
    answers(ok(tokens("one")));
    await start();
    const asked = answers(ok(tokens("two")));

    await vi.advanceTimersByTimeAsync(541_000);

    expect(asked).toHaveLength(1);
    expect(bearer()).toBe("two");
  });
});
