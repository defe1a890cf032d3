import { changed, type Frame, type LiveState, patched } from "./document.ts";
import { LiveClient } from "./live-client.ts";
import type { LiveOptions } from "./options.ts";
import { browserTabs, type TabEnvironment } from "./tab-environment.ts";

/** What a leader tells those who follow, and what they ask of it. */
type Message<D> =
  | { type: "ask" }
  | { type: "all"; state: LiveState<D>; personal: Frame[]; visible: boolean }
  | { type: "status"; status: Omit<LiveState<D>, "document" | "revision"> }
  | { type: "frame"; frame: Frame }
  | { type: "hidden" };

export interface SharedOptions<D> extends LiveOptions<D> {
  tabs?: TabEnvironment;
}

/** A leader that is awake answers at once; one that does not is frozen. */
const ANSWERS_WITHIN_MS = 250;

/**
 * A `LiveClient` for all tabs of a browser: one of them holds the socket, the others follow it.
 *
 * Web Locks choose the leader; what it receives goes to the others over a BroadcastChannel. A
 * leader in the background makes way for a tab that is looked at, and one that is closed, frozen
 * or gone is replaced. Without Web Locks every tab has its own socket.
 */
export class SharedFeed<D> {
  readonly #client: LiveClient<D>;
  readonly #options: SharedOptions<D>;
  readonly #tabs: TabEnvironment;
  #channel: { post: (message: Message<D>) => void; close: () => void } | null = null;
  #name = "";
  #leads = false;
  /** Whether the document came from the server since this page was opened. */
  #isSure = false;
  #giveUp: () => void = () => {};
  #stopDoubting: () => void = () => {};
  #unhook: (() => void)[] = [];
  readonly #personal = new Map<string, Frame>();

  constructor(options: SharedOptions<D>) {
    this.#options = options;
    this.#tabs = options.tabs ?? browserTabs;
    this.#client = new LiveClient<D>({
      ...options,
      onMessage: (frame) => {
        this.#personal.set(frame.type, frame);
        this.#channel?.post({ type: "frame", frame });
        options.onMessage?.(frame);
      },
      onChange: (frame) => {
        this.#isSure = true;
        if (frame.type === "patch") this.#channel?.post({ type: "frame", frame });
        else this.#tellAll();
      },
    });
  }

  get state() {
    return this.#client.state;
  }

  /** Whether this tab holds the socket. */
  get leads(): boolean {
    return this.#leads;
  }

  /** `scope` tells apart what must not mix: the feeds of different people. */
  start(scope: string): void {
    if (this.#channel !== null) return;
    this.#name = `backline.live.${scope}`;
    this.#channel = this.#tabs.channel<Message<D>>(this.#name, (message) => this.#hear(message));
    this.#unhook = [
      this.#tabs.onVisibility(() => this.#visibilityChanged()),
      this.#tabs.onSleep((isAsleep) => (isAsleep ? this.#resign() : this.#queueUp())),
      this.#client.state.subscribe(this.#tellStatus),
    ];
    this.state.update((state) =>
      changed(state, state.connection === "idle" ? { connection: "connecting" } : {}),
    );
    this.#queueUp();
  }

  stop(): void {
    this.#resign();
    for (const unhook of this.#unhook) unhook();
    this.#unhook = [];
    this.#channel?.close();
    this.#channel = null;
    this.#personal.clear();
    this.#isSure = false;
    this.#client.stop();
  }

  /** Hands a fresh access token to the socket, if this tab holds it. */
  renew(accessToken: string): void {
    if (this.#leads) this.#client.renew(accessToken);
  }

  /** Waits to become the leader, and follows meanwhile. */
  #queueUp(byForce = false): void {
    if (this.#leads || this.#channel === null) return;
    this.#giveUp();
    this.#giveUp = this.#tabs.lead(
      this.#name,
      { byForce },
      () => this.#begin(),
      () => this.#follow(),
    );
    if (!byForce && !this.#leads) this.#seekLeader();
  }

  #begin(): void {
    this.#stopDoubting();
    this.#leads = true;
    this.#toldStatus = {};
    this.#client.start({ whole: !this.#isSure });
    // A leader by force may have begun in the background; whoever is looked at comes first.
    if (!this.#tabs.visible()) this.#channel?.post({ type: "hidden" });
  }

  /** The place was taken by another tab, which is looked at. */
  #follow(): void {
    this.#leads = false;
    this.#client.rest();
    this.#queueUp();
  }

  #resign(): void {
    this.#stopDoubting();
    this.#giveUp();
    this.#giveUp = () => {};
    if (!this.#leads) return;
    this.#leads = false;
    this.#client.rest();
  }

  #visibilityChanged(): void {
    const visible = this.#tabs.visible();
    if (this.#leads && !visible) this.#channel?.post({ type: "hidden" });
    else if (!this.#leads && visible) this.#seekLeader();
  }

  /** Asks for everything. Silence means that the leader sleeps, if this tab is looked at. */
  #seekLeader(): void {
    this.#channel?.post({ type: "ask" });
    this.#stopDoubting();
    if (!this.#tabs.visible()) return;
    this.#stopDoubting = this.#tabs.later(() => this.#queueUp(true), ANSWERS_WITHIN_MS);
  }

  #hear(message: Message<D>): void {
    if (this.#leads) {
      if (message.type === "ask") this.#tellAll();
      return;
    }
    switch (message.type) {
      case "all":
        this.#stopDoubting();
        this.#take(message.state);
        for (const frame of message.personal) this.#options.onMessage?.(frame);
        if (!message.visible && this.#tabs.visible()) this.#queueUp(true);
        break;
      case "status":
        this.state.update((state) => changed(state, message.status as Partial<LiveState<D>>));
        break;
      case "frame":
        this.#applyFrame(message.frame);
        break;
      case "hidden":
        if (this.#tabs.visible()) this.#queueUp(true);
        break;
      default:
    }
  }

  #take(state: LiveState<D>): void {
    // A leader that has nothing yet knows less than we do.
    if (state.document === null && this.state.get().document !== null) return;
    this.#isSure ||= state.connection === "live";
    this.state.set(state);
  }

  #applyFrame(frame: Frame): void {
    if (frame.type !== "patch") {
      this.#personal.set(frame.type, frame);
      this.#options.onMessage?.(frame);
      return;
    }
    const next = patched(this.state.get(), frame);
    if (next === "known") return;
    if (next === "missed" || next === "unfit") this.#channel?.post({ type: "ask" });
    else this.state.update((state) => changed(state, next));
  }

  #tellAll(): void {
    this.#channel?.post({
      type: "all",
      state: this.state.get(),
      personal: [...this.#personal.values()],
      visible: this.#tabs.visible(),
    });
  }

  #toldStatus: Partial<LiveState<D>> = {};
  readonly #tellStatus = (): void => {
    if (!this.#leads) return;
    const { document: _, revision: __, ...status } = this.state.get();
    const told = this.#toldStatus as typeof status;
    const same = (Object.keys(status) as (keyof typeof status)[]).every(
      (key) => told[key] === status[key],
    );
    if (same) return;
    this.#toldStatus = status;
    this.#channel?.post({ type: "status", status });
  };
}
