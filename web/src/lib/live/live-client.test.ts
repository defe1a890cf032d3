import { describe, expect, test } from "vitest";
import { FakeEnvironment, settle } from "@/testing/fake-environment.ts";
import { LiveClient } from "./live-client.ts";
import { LiveRefused } from "./options.ts";

interface Doc {
  items: { id: string; votes: number }[];
}

function aClient() {
  const environment = new FakeEnvironment();
  const others: string[] = [];
  let tickets = 0;
  let failure: Error | null = null;
  const client = new LiveClient<Doc>({
    url: () => "ws://room/ws",
    ticket: async () => {
      if (failure !== null) throw failure;
      tickets += 1;
      return `ticket-${tickets}`;
    },
    read: (frame) => frame["queue"] as Doc,
    onMessage: (frame) => others.push(frame.type),
    environment,
  });
  return {
    client,
    environment,
    others,
    failWith: (error: Error | null) => {
      failure = error;
    },
  };
}

const hello = { type: "hello", protocol: "backline.v1", server_time: "1970-01-01T00:16:45Z" };
const snapshot = {
  type: "snapshot",
  revision: 7,
  queue: { items: [{ id: "a", votes: 0 }] },
};
const aVote = (base: number, votes: number) => ({
  type: "patch",
  base,
  revision: base + 2,
  changes: [{ op: "replace", path: "/items/0/votes", value: votes }],
});

async function connected() {
  const made = aClient();
  made.client.start();
  await settle();
  made.environment.last.receive(hello);
  made.environment.last.receive(snapshot);
  return made;
}

describe("LiveClient", () => {
  test("opens with a ticket and shows the snapshot", async () => {
    const { client, environment } = await connected();

    expect(environment.last.url).toBe("ws://room/ws");
    expect(environment.last.protocols).toEqual(["backline.v1", "bl.ticket.ticket-1"]);
    expect(client.state.get()).toMatchObject({
      connection: "live",
      revision: 7,
      document: { items: [{ id: "a", votes: 0 }] },
    });
  });

  test("applies a patch made for its revision", async () => {
    const { client, environment } = await connected();

    environment.last.receive(aVote(7, 3));

    expect(client.state.get()).toMatchObject({
      revision: 9,
      document: { items: [{ id: "a", votes: 3 }] },
    });
  });

  test("passes over a patch that it has already", async () => {
    const { client, environment } = await connected();

    environment.last.receive(aVote(5, 99));

    expect(client.state.get().document).toEqual({ items: [{ id: "a", votes: 0 }] });
    expect(environment.sockets).toHaveLength(1);
  });

  test("asks for what it missed when a patch is made for a later revision", async () => {
    const { client, environment } = await connected();

    environment.last.receive(aVote(9, 3));
    await settle();

    expect(environment.sockets).toHaveLength(2);
    expect(environment.last.url).toBe("ws://room/ws?since=7");
    expect(environment.last.protocols[1]).toBe("bl.ticket.ticket-2");
    expect(client.state.get().document).not.toBeNull();
  });

  test("asks for the whole when a patch does not fit what it holds", async () => {
    const { environment } = await connected();

    environment.last.receive({
      type: "patch",
      base: 7,
      revision: 8,
      changes: [{ op: "remove", path: "/items/5" }],
    });
    await settle();

    expect(environment.last.url).toBe("ws://room/ws");
  });

  test("keeps showing the document while the connection is lost, and resumes", async () => {
    const { client, environment } = await connected();

    environment.last.drop();

    expect(client.state.get()).toMatchObject({ connection: "stale", revision: 7 });
    await environment.pass(1_000);
    expect(environment.last.url).toBe("ws://room/ws?since=7");
    environment.last.receive(hello);
    expect(client.state.get().connection).toBe("live");
  });

  test("waits longer after each failure, at most fifteen seconds", async () => {
    const { environment } = await connected();
    environment.chance = 1;
    const waits: number[] = [];

    for (let failure = 0; failure < 8; failure += 1) {
      const opened = environment.sockets.length;
      environment.last.drop();
      const from = environment.time;
      while (environment.sockets.length === opened) await environment.pass(250);
      waits.push(environment.time - from);
    }

    expect(waits).toEqual([1_000, 1_500, 2_500, 4_500, 8_500, 15_000, 15_000, 15_000]);
  });

  test("chance spreads the first return between half a second and one", async () => {
    const { environment } = await connected();
    environment.chance = 0;

    environment.last.drop();
    await environment.pass(499);
    expect(environment.sockets).toHaveLength(1);
    await environment.pass(1);

    expect(environment.sockets).toHaveLength(2);
  });

  test("tries at once when the network or the tab comes back", async () => {
    const { environment } = await connected();
    environment.last.drop();

    environment.wake();
    await settle();

    expect(environment.sockets).toHaveLength(2);
  });

  test("says offline when the network is gone", async () => {
    const { client, environment } = await connected();
    environment.isOnline = false;

    environment.lose();

    expect(client.state.get().connection).toBe("offline");
  });

  test("opens anew when the server is silent for too long", async () => {
    const { environment } = await connected();

    await environment.pass(46_000);

    expect(environment.sockets.length).toBeGreaterThan(1);
    expect(environment.sockets[0]?.closed).toBe(true);
  });

  test("stays when nobody is logged in, and goes on with a new token", async () => {
    const { client, environment, failWith } = aClient();
    failWith(new LiveRefused());
    client.start();
    await environment.pass(60_000);
    expect(client.state.get().connection).toBe("refused");
    expect(environment.sockets).toHaveLength(0);

    failWith(null);
    client.renew("fresh");
    await settle();

    expect(environment.sockets).toHaveLength(1);
  });

  test("renews the open socket in place", async () => {
    const { client, environment } = await connected();

    client.renew("fresh");

    expect(environment.last.sent.at(-1)).toEqual({ type: "auth.renew", access_token: "fresh" });
  });

  test("learns the server's clock from the quickest answer", async () => {
    const { client, environment } = await connected();
    expect(client.state.get().clockOffsetMs).toBe(5_000);
    const t = environment.time;
    environment.time += 100;

    environment.last.receive({ type: "pong", t, server_time: "1970-01-01T00:16:47.050Z" });
    expect(client.state.get().clockOffsetMs).toBe(7_000);
    environment.time += 900;
    environment.last.receive({ type: "pong", t, server_time: "1970-01-01T00:16:48.9Z" });

    expect(client.state.get().clockOffsetMs).toBe(7_000);
  });

  test("hands on what is not about the document", async () => {
    const { environment, others } = await connected();

    environment.last.receive({ type: "presence", present: 3 });

    expect(others).toEqual(["presence"]);
  });

  test("forgets everything when stopped", async () => {
    const { client, environment } = await connected();

    client.stop();
    await environment.pass(60_000);

    expect(environment.sockets).toHaveLength(1);
    expect(client.state.get()).toMatchObject({ connection: "idle", document: null });
  });
});
