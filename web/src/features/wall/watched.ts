import type { LiveState } from "@/lib/live/document.ts";
import { LiveClient } from "@/lib/live/live-client.ts";
import type { LiveOptions } from "@/lib/live/options.ts";
import { Store } from "@/lib/store.ts";

const PATIENCE_MS = 3_000;

/** What a wall knows of one service. */
export interface Seen<D> {
  /**
   * `opening`: nothing is known yet. `away`: for three seconds nothing has been heard, what is
   * shown was so at `asOf`. `dark`: there is no way in any more.
   */
  phase: "opening" | "live" | "away" | "dark";
  document: D | null;
  /** The server's time of what is shown, where that is not now. */
  asOf: number | null;
  clockOffsetMs: number;
}

/** One document that a wall shows: a short interruption is not worth a word, a long one is. */
export class Watched<D> {
  readonly state = new Store<Seen<D>>({
    phase: "opening",
    document: null,
    asOf: null,
    clockOffsetMs: 0,
  });
  readonly #live: LiveClient<D>;
  readonly #onBack: () => void;
  readonly #end: () => void;
  #impatience: ReturnType<typeof setTimeout> | undefined;
  #isPatient = true;
  #wasLost = false;

  constructor(options: LiveOptions<D>, onBack: () => void = () => {}) {
    this.#onBack = onBack;
    this.#live = new LiveClient<D>(options);
    this.#end = this.#live.state.subscribe(() => this.#follow(this.#live.state.get()));
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

  renew(accessToken: string): void {
    this.#live.renew(accessToken);
  }

  #follow(state: LiveState<D>): void {
    const { connection, document, asOf, clockOffsetMs } = state;
    if (connection === "live") {
      this.#calm();
      if (this.#wasLost) this.#onBack();
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
    this.state.set({ phase, document, asOf: phase === "away" ? asOf : null, clockOffsetMs });
  }

  #calm(): void {
    clearTimeout(this.#impatience);
    this.#impatience = undefined;
    this.#isPatient = true;
  }
}
