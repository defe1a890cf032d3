import type { LineupDocument } from "@/api/lineup.ts";
import { socketAddress } from "@/api/live-ticket.ts";
import type { RoomDocument } from "@/api/types.ts";
import { type LiveEnvironment, machineNow } from "@/lib/live/environment.ts";
import { Store } from "@/lib/store.ts";
import { reloadIfOutdated } from "./build.ts";
import { byKey, bySession } from "./wall-access.ts";
import { type Seen, Watched } from "./watched.ts";

/** What a wall shows of the room, and whether that is so right now. */
export interface WallState extends Omit<Seen<RoomDocument>, "document"> {
  room: RoomDocument | null;
  /** The acts, where the wall shows scores. */
  lineup: LineupDocument | null;
}

interface Options {
  /** The wall shows what acts are scored. */
  scores?: boolean;
  environment?: LiveEnvironment;
}

/**
 * The room for one wall: sockets of its own, opened by a link's key or by whoever is logged in.
 *
 * It lives for months: every connection that comes back looks whether the box was upgraded
 * meanwhile, and nothing grows.
 */
export class WallFeed {
  readonly state: Store<WallState>;
  readonly #room: Watched<RoomDocument>;
  readonly #lineup: Watched<LineupDocument> | null;
  readonly #end: () => void;

  constructor(key: string | null, { scores = false, environment }: Options = {}) {
    const renewed = (token: string) => {
      this.#room.renew(token);
      this.#lineup?.renew(token);
    };
    const access = key === null ? bySession(renewed) : byKey(key, renewed);
    const common = { ticket: access.ticket, ...(environment !== undefined && { environment }) };
    this.#room = new Watched<RoomDocument>(
      {
        ...common,
        url: () => socketAddress("jukebox"),
        read: (frame) => frame["queue"] as RoomDocument,
      },
      () => void reloadIfOutdated(),
    );
    this.#lineup = scores
      ? new Watched<LineupDocument>({
          ...common,
          url: () => socketAddress("scores"),
          read: (frame) => frame["lineup"] as LineupDocument,
        })
      : null;
    this.state = new Store(this.#both());
    const told = () => this.state.set(this.#both());
    const ends = [this.#room.state.subscribe(told), this.#lineup?.state.subscribe(told)];
    this.#end = () => {
      for (const end of ends) end?.();
      access.close();
    };
  }

  start(): void {
    this.#room.start();
    this.#lineup?.start();
  }

  stop(): void {
    this.#end();
    this.#room.stop();
    this.#lineup?.stop();
  }

  /** What the server's clock shows, in milliseconds since the epoch. */
  now = (): number => machineNow() + this.state.get().clockOffsetMs;

  /** The room decides; where only the scores are lost, what is shown is as old as they are. */
  #both(): WallState {
    const { document: room, ...state } = this.#room.state.get();
    const lineup = this.#lineup?.state.get();
    const acts = lineup?.document ?? null;
    if (state.phase === "live" && acts !== null && lineup?.phase === "away") {
      return { ...state, phase: "away", asOf: lineup.asOf, room, lineup: acts };
    }
    return { ...state, room, lineup: acts };
  }
}
