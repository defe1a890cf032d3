import { describe, expect, test } from "vitest";
import { FakeEnvironment, settle } from "@/testing/fake-environment.ts";
import { FakeTabs } from "@/testing/fake-tabs.ts";
import { SharedFeed } from "./shared-feed.ts";

interface Doc {
  votes: number;
}

const hello = { type: "hello", server_time: "1970-01-01T00:16:45Z" };
const snapshot = { type: "snapshot", revision: 7, queue: { votes: 0 } };
const mine = { type: "mine", voted: ["a"] };
const aVote = (base: number, votes: number) => ({
  type: "patch",
  base,
  revision: base + 1,
  changes: [{ op: "replace", path: "/votes", value: votes }],
});

function aTab(browser: FakeTabs, { visible = true, scope = "7" } = {}) {
  const tab = browser.open({ visible });
  const network = new FakeEnvironment();
  const heard: string[] = [];
  const feed = new SharedFeed<Doc>({
    url: () => "ws://room/ws",
    ticket: async () => "t",
    read: (frame) => frame["queue"] as Doc,
    onMessage: (frame) => heard.push(frame.type),
    environment: network,
    tabs: tab,
  });
  feed.start(scope);
  return { tab, network, feed, heard, votes: () => feed.state.get().document?.votes };
}

type Tab = ReturnType<typeof aTab>;

async function connected(tab: Tab): Promise<void> {
  await settle();
  for (const frame of [hello, snapshot, mine]) tab.network.last.receive(frame);
  await settle();
}

/** Two tabs of one person; the first one leads and is behind the second, unless it is said. */
async function two({ visible = true } = {}) {
  const browser = new FakeTabs();
  const first = aTab(browser);
  await connected(first);
  const second = aTab(browser, { visible });
  await settle();
  return { browser, first, second };
}

describe("SharedFeed", () => {
  test("one tab holds the socket, the others get all that it knows", async () => {
    const { first, second } = await two();

    expect(second.network.sockets).toHaveLength(0);
    expect(second.feed.state.get()).toEqual(first.feed.state.get());
    expect(second.heard).toEqual(["mine"]);
    first.network.last.receive(aVote(7, 3));
    first.network.last.receive({ type: "presence", present: 2 });
    await settle();

    expect(second.votes()).toBe(3);
    expect(second.heard).toEqual(["mine", "presence"]);
  });

  test("a lost connection is lost for all", async () => {
    const { first, second } = await two();

    first.network.last.drop();
    await settle();

    expect(second.feed.state.get()).toMatchObject({ connection: "stale", document: { votes: 0 } });
    expect(second.feed.state.get().asOf).not.toBeNull();
  });

  test("a tab that missed a change asks for everything", async () => {
    const { first, second } = await two();
    second.tab.isFrozen = true;
    first.network.last.receive(aVote(7, 1));
    await settle();
    second.tab.isFrozen = false;

    first.network.last.receive(aVote(8, 2));
    await settle();

    expect(second.votes()).toBe(2);
  });

  test("when the leader closes, the next one goes on from where it was", async () => {
    const { first, second } = await two();

    first.tab.sleep();
    await settle();

    expect(first.network.last.closed).toBe(true);
    expect(second.network.last.url).toBe("ws://room/ws?since=7");
    expect(second.feed.state.get().connection).toBe("live");
    second.network.last.receive(hello);
    second.network.last.receive(aVote(7, 5));
    expect(second.votes()).toBe(5);
  });

  test("what is shown is stale when the new socket takes more than a second", async () => {
    const { first, second } = await two();
    first.tab.sleep();
    await settle();

    await second.network.pass(1_000);

    expect(second.feed.state.get().connection).toBe("stale");
  });

  test("a leader behind makes way for the tab in front", async () => {
    const { first, second } = await two({ visible: false });

    first.tab.show(false);
    await settle();
    expect(first.feed.leads).toBe(true);
    second.tab.show(true);
    await settle();

    expect([first.feed.leads, second.feed.leads]).toEqual([false, true]);
    expect(first.network.last.closed).toBe(true);
    second.network.last.receive(hello);
    second.network.last.receive(aVote(7, 4));
    await settle();
    expect(first.votes()).toBe(4);
  });

  test("a leader in front stays the leader", async () => {
    const { first, second } = await two();

    second.tab.show(true);
    await settle();
    second.tab.passTime();

    expect([first.feed.leads, second.feed.leads]).toEqual([true, false]);
  });

  test("a leader that says nothing is frozen, and is replaced", async () => {
    const { first, second } = await two({ visible: false });
    first.tab.isFrozen = true;

    second.tab.show(true);
    await settle();
    expect(second.feed.leads).toBe(false);
    second.tab.passTime();
    await settle();

    expect(second.feed.leads).toBe(true);
    expect(second.network.sockets).toHaveLength(1);
  });

  test("feeds of different people do not mix", async () => {
    const browser = new FakeTabs();
    const first = aTab(browser, { scope: "7" });
    await connected(first);

    const other = aTab(browser, { scope: "8" });
    await settle();

    expect(other.feed.state.get().document).toBeNull();
    expect(other.network.sockets).toHaveLength(1);
  });

  test("only the leader hands on a new token", async () => {
    const { first, second } = await two();

    first.feed.renew("fresh");
    second.feed.renew("fresh");

    expect(first.network.last.sent.at(-1)).toEqual({ type: "auth.renew", access_token: "fresh" });
    expect(second.network.sockets).toHaveLength(0);
  });

  test("nothing is left when it stops", async () => {
    const { first, second } = await two();

    first.feed.stop();
    await settle();

    expect(first.feed.state.get()).toMatchObject({ connection: "idle", document: null });
    expect(second.feed.leads).toBe(true);
  });
});
