import { Store } from "../store.ts";
import { changed, type Frame, type LiveState, nothingYet, patched } from "./document.ts";
import { browser, type LiveEnvironment, type LiveSocket } from "./environment.ts";
import { type LiveOptions, LiveRefused } from "./options.ts";
import { ServerClock } from "./server-clock.ts";
import { waitAfter } from "./waits.ts";

const PING_EVERY_MS = 20_000;
const SILENCE_MS = 45_000;
/** What was heard longer ago than a ping takes is worth a new socket after a sleep. */
const SLEPT_MS = 25_000;
const WOKEN_PATIENCE_MS = 1_000;
/** A new socket may take this long before what is shown counts as stale. */
const CHANGEOVER_MS = 1_000;
/** Waking up is told by several events at once. */
const SAME_WAKE_MS = 250;

const no = (): void => {};

/**
 * One document of the server, kept in step over a WebSocket: a snapshot, then RFC 6902 patches.
 *
 * A lost connection is opened again with a fresh ticket and `?since=`, after a wait with full
 * jitter from half a second to fifteen, at once when the network or the page comes back. A patch
 * that does not follow the revision we hold means one was missed: the same way leads out.
 */
export class LiveClient<D> {
  readonly state = new Store<LiveState<D>>(nothingYet());
  readonly #options: LiveOptions<D>;
  readonly #environment: LiveEnvironment;
  #socket: LiveSocket | null = null;
  #attempt = 0;
  #generation = 0;
  #running = false;
  #whole = true;
  #heardAt = 0;
  #beganAt = 0;
  #wokenAt = 0;
  readonly #clock = new ServerClock();
  readonly #timers = { retry: no, ping: no, silence: no, changeover: no };
  #unhook: (() => void)[] = [];

  constructor(options: LiveOptions<D>) {
    this.#options = options;
    this.#environment = options.environment ?? browser;
  }

  /** `whole`: what `state` holds by now is not certain to be the server's; ask for everything. */
  start({ whole = true } = {}): void {
    if (this.#running) return;
    this.#running = true;
    this.#whole = whole;
    this.#attempt = 0;
    this.#heardAt = this.#environment.now();
    this.#unhook = [
      this.#environment.onWake(() => this.#wake()),
      this.#environment.onOffline(() => this.#lost("offline")),
    ];
    void this.#connect();
  }

  /** Ends the connection and forgets everything. */
  stop(): void {
    this.rest();
    this.state.set(nothingYet());
  }

  /** Ends the connection; what is known stays. */
  rest(): void {
    this.#running = false;
    for (const unhook of this.#unhook) unhook();
    this.#unhook = [];
    this.#drop();
  }

  /** Hands a fresh access token to the open socket, so that it outlives the old one. */
  renew(accessToken: string): void {
    if (this.state.get().connection === "live") {
      this.#socket?.send(JSON.stringify({ type: "auth.renew", access_token: accessToken }));
    } else if (this.state.get().connection === "refused" && this.#running) {
      void this.#connect();
    }
  }

  async #connect(): Promise<void> {
    this.#drop();
    this.#beganAt = this.#environment.now();
    this.#clock.anew();
    const generation = this.#generation;
    this.#expectSoon();
    try {
      const ticket = await this.#options.ticket();
      if (generation !== this.#generation || !this.#running) return;
      const { document, revision } = this.state.get();
      this.#whole ||= document === null;
      const url = this.#options.url() + (this.#whole ? "" : `?since=${revision}`);
      const socket = this.#environment.open(url, ["backline.v1", `bl.ticket.${ticket}`]);
      this.#socket = socket;
      socket.onmessage = (event) => this.#receive(socket, event.data);
      socket.onclose = (event) => {
        if (socket === this.#socket) this.#lost("stale", event.code);
      };
      this.#listenForSilence();
    } catch (error) {
      if (generation !== this.#generation || !this.#running) return;
      if (error instanceof LiveRefused) this.#update({ connection: "refused" });
      else this.#lost("stale");
    }
  }

  /** A socket that replaces another may take a moment before what we show is no longer live. */
  #expectSoon(): void {
    const { connection, document } = this.state.get();
    if (connection === "stale" || connection === "offline") return;
    if (connection !== "live") {
      this.#update({ connection: document === null ? "connecting" : "stale" });
      return;
    }
    const asOf = this.#serverTime();
    this.#timers.changeover = this.#environment.later(
      () => this.#update({ connection: "stale", asOf }),
      CHANGEOVER_MS,
    );
  }

  #receive(socket: LiveSocket, data: string): void {
    if (socket !== this.#socket) return;
    this.#heardAt = this.#environment.now();
    this.#listenForSilence();
    const frame = JSON.parse(data) as Frame;
    switch (frame.type) {
      case "hello":
        this.#setClock(frame, 0);
        this.#attempt = 0;
        this.#ping();
        // With `?since=` of the newest revision nothing else may follow.
        if (!this.#whole) this.#live({});
        break;
      case "snapshot":
        this.#whole = false;
        this.#live({ document: this.#options.read(frame), revision: Number(frame["revision"]) });
        this.#options.onChange?.(frame);
        break;
      case "patch":
        this.#applyPatch(frame);
        break;
      case "pong":
        this.#setClock(frame, this.#environment.now() - Number(frame["t"]));
        break;
      default:
        this.#options.onMessage?.(frame);
    }
  }

  #applyPatch(frame: Frame): void {
    const next = patched(this.state.get(), frame);
    if (next === "known") return;
    if (next === "missed" || next === "unfit") {
      this.#whole = next === "unfit";
      void this.#connect();
      return;
    }
    this.#live(next);
    this.#options.onChange?.(frame);
  }

  #live(change: Partial<LiveState<D>>): void {
    this.#timers.changeover();
    this.#update({ connection: "live", asOf: null, ...change });
  }

  #setClock(frame: Frame, roundTripMs: number): void {
    const held = this.state.get().clockOffsetMs;
    const now = this.#environment.now();
    const learnt = this.#clock.learn(String(frame["server_time"]), roundTripMs, now, held);
    if (learnt !== null) this.#update({ clockOffsetMs: learnt });
  }

  #serverTime(at = this.#environment.now()): number {
    return at + this.state.get().clockOffsetMs;
  }

  #ping(): void {
    this.#timers.ping();
    this.#socket?.send(JSON.stringify({ type: "ping", t: this.#environment.now() }));
    this.#timers.ping = this.#environment.later(() => this.#ping(), PING_EVERY_MS);
  }

  #listenForSilence(): void {
    this.#timers.silence();
    this.#timers.silence = this.#environment.later(
      () => this.#lost("stale", undefined, this.#heardAt),
      SILENCE_MS,
    );
  }

  #lost(connection: "stale" | "offline", code?: number, at = this.#environment.now()): void {
    if (!this.#running) return;
    this.#drop();
    const offline = connection === "offline" || !this.#environment.online();
    const { document, asOf: before } = this.state.get();
    const asOf = before ?? (document === null ? null : this.#serverTime(at));
    this.#update({ connection: offline ? "offline" : "stale", asOf });
    const lastedMs = this.#environment.now() - this.#beganAt;
    const chance = this.#environment.random();
    const wait = waitAfter({ attempt: this.#attempt, code, lastedMs, chance });
    this.#timers.retry = this.#environment.later(() => void this.#connect(), wait);
    this.#attempt += 1;
  }

  #wake(): void {
    const { connection } = this.state.get();
    const now = this.#environment.now();
    if (Math.abs(now - this.#wokenAt) < SAME_WAKE_MS) return;
    this.#wokenAt = now;
    if (connection === "stale" || connection === "offline" || connection === "connecting") {
      this.#attempt = 0;
      void this.#connect();
    } else if (connection === "live" && Math.abs(now - this.#heardAt) > SLEPT_MS) {
      this.#replaceDead();
    } else if (connection === "live") {
      this.#ping();
      this.#timers.silence();
      this.#timers.silence = this.#environment.later(() => this.#replaceDead(), WOKEN_PATIENCE_MS);
    }
  }

  /** What slept with the machine: the socket may look open, and will never say anything. */
  #replaceDead(): void {
    this.#update({ connection: "stale", asOf: this.#serverTime(this.#heardAt) });
    this.#attempt = 0;
    void this.#connect();
  }

  #drop(): void {
    this.#generation += 1;
    for (const cancel of Object.values(this.#timers)) cancel();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
  }

  #update(change: Partial<LiveState<D>>): void {
    this.state.update((state) => changed(state, change));
  }
}
