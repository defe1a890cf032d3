import { applyChanges, type Change, PatchError } from "../json-patch.ts";
import { Store } from "../store.ts";
import { browser, type LiveEnvironment, type LiveSocket } from "./environment.ts";

export type Connection = "idle" | "connecting" | "live" | "stale" | "offline" | "refused";

export interface LiveState<D> {
  connection: Connection;
  /** The document as of `revision`; it stays readable while the connection is lost. */
  document: D | null;
  revision: number;
  /** Add to this machine's clock to get the server's, in milliseconds. */
  clockOffsetMs: number;
}

export interface LiveOptions<D> {
  url: () => string;
  /** A one-time ticket. Rejects with `LiveRefused` if there is no session to connect with. */
  ticket: () => Promise<string>;
  read: (snapshot: Record<string, unknown>) => D;
  /** Frames that are not about the document: presence, what is mine. */
  onMessage?: (frame: Record<string, unknown> & { type: string }) => void;
  environment?: LiveEnvironment;
}

/** There is nobody logged in for the socket: trying again would not help. */
export class LiveRefused extends Error {
  override name = "LiveRefused";
}

const PING_EVERY_MS = 20_000;
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * One document of the server, kept in step over a WebSocket: a snapshot, then RFC 6902 patches.
 *
 * A lost connection is opened again with a fresh ticket and `?since=`, after a wait with full
 * jitter from half a second to fifteen, at once when the network or the tab comes back. A patch
 * that does not follow the revision we hold means one was missed: the same way leads out.
 */
export class LiveClient<D> {
  readonly state: Store<LiveState<D>>;
  readonly #options: LiveOptions<D>;
  readonly #environment: LiveEnvironment;
  #socket: LiveSocket | null = null;
  #attempt = 0;
  #generation = 0;
  #running = false;
  #whole = true;
  #bestRoundTrip = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => {};
  #cancelPing: () => void = () => {};
  #cancelSilence: () => void = () => {};
  #unhook: (() => void)[] = [];

  constructor(options: LiveOptions<D>) {
    this.#options = options;
    this.#environment = options.environment ?? browser;
    this.state = new Store<LiveState<D>>({
      connection: "idle",
      document: null,
      revision: 0,
      clockOffsetMs: 0,
    });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#unhook = [
      this.#environment.onWake(() => this.#wake()),
      this.#environment.onOffline(() => this.#lost("offline")),
    ];
    void this.#connect();
  }

  stop(): void {
    this.#running = false;
    for (const unhook of this.#unhook) unhook();
    this.#drop();
    this.#patchState({ connection: "idle", document: null, revision: 0 });
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
    const generation = this.#generation;
    const { connection, document, revision } = this.state.get();
    if (document === null) this.#whole = true;
    if (connection !== "stale" && connection !== "offline") {
      this.#patchState({ connection: document === null ? "connecting" : "stale" });
    }
    try {
      const ticket = await this.#options.ticket();
      if (generation !== this.#generation || !this.#running) return;
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
      if (error instanceof LiveRefused) this.#patchState({ connection: "refused" });
      else this.#lost("stale");
    }
  }

  #receive(socket: LiveSocket, data: string): void {
    if (socket !== this.#socket) return;
    this.#listenForSilence();
    const frame = JSON.parse(data) as Record<string, unknown> & { type: string };
    switch (frame.type) {
      case "hello":
        this.#setClock(String(frame["server_time"]), 0);
        this.#attempt = 0;
        this.#ping();
        // With `?since=` of the newest revision nothing else may follow.
        if (!this.#whole) this.#patchState({ connection: "live" });
        break;
      case "snapshot":
        this.#whole = false;
        this.#patchState({
          connection: "live",
          document: this.#options.read(frame),
          revision: Number(frame["revision"]),
        });
        break;
      case "patch":
        this.#applyPatch(frame);
        break;
      case "pong":
        this.#setClock(String(frame["server_time"]), this.#environment.now() - Number(frame["t"]));
        break;
      default:
        this.#options.onMessage?.(frame);
    }
  }

  #applyPatch(frame: Record<string, unknown>): void {
    const { document, revision } = this.state.get();
    const next = Number(frame["revision"]);
    const base = Number(frame["base"]);
    if (document === null || next <= revision) return;
    try {
      if (base !== revision) throw new PatchError(`made for ${base}, this is ${revision}`);
      const changed = applyChanges(document, frame["changes"] as Change[]);
      this.#patchState({ connection: "live", document: changed, revision: next });
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      // From a later base, revisions were missed and can be asked for. Otherwise what we hold is
      // another document than the server's: only the whole helps.
      this.#whole = base <= revision;
      void this.#connect();
    }
  }

  #setClock(serverTime: string, roundTripMs: number): void {
    const server = Date.parse(serverTime);
    if (Number.isNaN(server) || roundTripMs < 0) return;
    // The quickest answer knows best what time it was when it left.
    const first = this.#bestRoundTrip === Number.POSITIVE_INFINITY;
    if (!first && (roundTripMs === 0 || roundTripMs > this.#bestRoundTrip)) return;
    if (roundTripMs > 0) this.#bestRoundTrip = roundTripMs;
    this.#patchState({ clockOffsetMs: server + roundTripMs / 2 - this.#environment.now() });
  }

  #ping(): void {
    this.#cancelPing();
    this.#socket?.send(JSON.stringify({ type: "ping", t: this.#environment.now() }));
    this.#cancelPing = this.#environment.later(() => this.#ping(), PING_EVERY_MS);
  }

  #listenForSilence(): void {
    this.#cancelSilence();
    this.#cancelSilence = this.#environment.later(() => this.#lost("stale"), SILENCE_MS);
  }

  #lost(connection: "stale" | "offline", code?: number): void {
    if (!this.#running) return;
    this.#drop();
    const offline = connection === "offline" || !this.#environment.online();
    this.#patchState({ connection: offline ? "offline" : "stale" });
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt);
    // 1012 is a restart in good order: the server is back within a moment.
    const wait =
      code === 1012 ? FIRST_WAIT_MS : FIRST_WAIT_MS + this.#environment.random() * ceiling;
    this.#attempt += 1;
    this.#cancelTimer = this.#environment.later(
      () => void this.#connect(),
      Math.min(LONGEST_WAIT_MS, wait),
    );
  }

  #wake(): void {
    const { connection } = this.state.get();
    if (connection === "stale" || connection === "offline") {
      this.#attempt = 0;
      void this.#connect();
    } else if (connection === "live") {
      this.#ping();
    }
  }

  #drop(): void {
    this.#generation += 1;
    this.#cancelTimer();
    this.#cancelPing();
    this.#cancelSilence();
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
  }

  #patchState(change: Partial<LiveState<D>>): void {
    this.state.update((state) => {
      const next = { ...state, ...change };
      const same = (Object.keys(next) as (keyof LiveState<D>)[]).every((k) => next[k] === state[k]);
      return same ? state : next;
    });
  }
}
