import type { RoomDocument } from "@/api/types.ts";
import type { LiveState } from "@/lib/live/document.ts";
import { type LiveEnvironment, machineNow } from "@/lib/live/environment.ts";
import { LiveClient } from "@/lib/live/live-client.ts";
import { Store } from "@/lib/store.ts";
import { reloadIfOutdated } from "./build.ts";
import { byKey, bySession } from "./wall-access.ts";

const PATIENCE_MS = 3_000;

/** What a wall shows of the room, and whether that is so right now. */
export interface WallState {
  /**
   * `opening`: nothing is known yet. `away`: for three seconds nothing has been heard, what is
   * shown was so at `asOf`. `dark`: there is no way in any more.
   */
  phase: "opening" | "live" | "away" | "dark";
  room: RoomDocument | null;
  /** The server's time of what is shown, where that is not now. */
  asOf: number | null;
  clockOffsetMs: number;
}

const opening: WallState = { phase: "opening", room: null, asOf: null, clockOffsetMs: 0 };

/**
 * The room for one wall: a socket of its own, opened by a link's key or by whoever is logged in.
 *
 * It lives for months: every connection that comes back looks whether the box was upgraded
 * meanwhile, and nothing grows.
 */
export class WallFeed {
  readonly state = new Store<WallState>(opening);
  readonly #live: LiveClient<RoomDocument>;
  readonly #end: () => void;
  #impatience: ReturnType<typeof setTimeout> | undefined;
  #isPatient = true;
  #wasLost = false;

  constructor(key: string | null, environment?: LiveEnvironment) {
    const renewed = (token: string) => this.#live.renew(token);
    const access = key === null ? bySession(renewed) : byKey(key, renewed);
    this.#live = new LiveClient<RoomDocument>({
      url: () => `${location.origin.replace(/^http/, "ws")}/api/jukebox/ws`,
      ticket: access.ticket,
      read: (frame) => frame["queue"] as RoomDocument,
      ...(environment !== undefined && { environment }),
    });
    const unsubscribe = this.#live.state.subscribe(() => this.#follow(this.#live.state.get()));
    this.#end = () => {
      unsubscribe();
      access.close();
    };
  }

  start(): void {
    this.#live.start();
    this.#follow(this.#live.state.get());
  }

  stop(): void {
    clearTimeout(this.#impatience);
    this.#end();
    this.#live.stop();
  }

  /** What the server's clock shows, in milliseconds since the epoch. */
  now = (): number => machineNow() + this.state.get().clockOffsetMs;

  #follow(state: LiveState<RoomDocument>): void {
    const { connection, document, asOf, clockOffsetMs } = state;
    if (connection === "live") {
      this.#calm();
      if (this.#wasLost) void reloadIfOutdated();
      this.#wasLost = false;
    } else {
      this.#wasLost ||= document !== null;
      this.#impatience ??= setTimeout(() => {
        this.#isPatient = false;
        this.#follow(this.#live.state.get());
      }, PATIENCE_MS);
    }
    const phase =
      connection === "refused"
        ? "dark"
        : connection === "live" || (this.#isPatient && document !== null)
          ? "live"
          : this.#isPatient
            ? "opening"
            : "away";
    this.state.set({ phase, room: document, asOf: phase === "away" ? asOf : null, clockOffsetMs });
  }

  #calm(): void {
    clearTimeout(this.#impatience);
    this.#impatience = undefined;
    this.#isPatient = true;
  }
}
