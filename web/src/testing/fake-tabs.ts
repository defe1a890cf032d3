import type { TabEnvironment } from "@/lib/live/tab-environment.ts";

type Hear = (message: never) => void;

interface Waiting {
  tab: FakeTab;
  won: () => void;
  lost: () => void;
}

/** The tabs of one browser: one lock, one channel per name, moved by hand. */
export class FakeTabs {
  readonly #channels = new Map<string, Map<FakeTab, Hear>>();
  readonly #queues = new Map<string, Waiting[]>();

  open({ visible = true } = {}): FakeTab {
    return new FakeTab(this, visible);
  }

  listen(tab: FakeTab, name: string, hear: Hear): void {
    const ears = this.#channels.get(name) ?? new Map<FakeTab, Hear>();
    this.#channels.set(name, ears.set(tab, hear));
  }

  leave(tab: FakeTab, name: string): void {
    this.#channels.get(name)?.delete(tab);
  }

  post(from: FakeTab, name: string, message: unknown): void {
    const ears = [...(this.#channels.get(name) ?? [])];
    // Messages are copied, and arrive later.
    const copy = structuredClone(message);
    for (const [tab, hear] of ears) {
      if (tab !== from && !tab.isFrozen) queueMicrotask(() => hear(copy as never));
    }
  }

  request(name: string, waiting: Waiting, byForce: boolean): () => void {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    if (byForce) {
      const robbed = queue.shift();
      queue.unshift(waiting);
      robbed?.lost();
      waiting.won();
    } else {
      queue.push(waiting);
      if (queue[0] === waiting) waiting.won();
    }
    return () => {
      const place = queue.indexOf(waiting);
      if (place === -1) return;
      queue.splice(place, 1);
      if (place === 0) queue[0]?.won();
    };
  }
}

export class FakeTab implements TabEnvironment {
  isFrozen = false;
  #visible: boolean;
  readonly #browser: FakeTabs;
  #onVisibility: () => void = () => {};
  #onSleep: (asleep: boolean) => void = () => {};
  #timers = new Set<() => void>();

  constructor(browser: FakeTabs, visible: boolean) {
    this.#browser = browser;
    this.#visible = visible;
  }

  channel<M>(name: string, hear: (message: M) => void) {
    this.#browser.listen(this, name, hear as Hear);
    return {
      post: (message: M) => this.#browser.post(this, name, message),
      close: () => this.#browser.leave(this, name),
    };
  }

  lead(name: string, { byForce }: { byForce: boolean }, won: () => void, lost: () => void) {
    return this.#browser.request(name, { tab: this, won, lost }, byForce);
  }

  visible = (): boolean => this.#visible;

  onVisibility(changed: () => void): () => void {
    this.#onVisibility = changed;
    return () => {};
  }

  onSleep(asleep: (isAsleep: boolean) => void): () => void {
    this.#onSleep = asleep;
    return () => {};
  }

  later(action: () => void): () => void {
    this.#timers.add(action);
    return () => this.#timers.delete(action);
  }

  /** Brings it to the front, or puts it behind another one. */
  show(visible: boolean): void {
    this.#visible = visible;
    this.#onVisibility();
  }

  sleep(): void {
    this.#onSleep(true);
  }

  /** What it waits for with a timer is due. */
  passTime(): void {
    for (const action of [...this.#timers]) {
      this.#timers.delete(action);
      action();
    }
  }
}
