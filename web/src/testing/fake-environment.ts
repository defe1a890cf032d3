import type { LiveEnvironment, LiveSocket } from "@/lib/live/environment.ts";

/** A socket whose other end is the test. */
export class FakeSocket implements LiveSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  receive(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }
}

interface Timer {
  at: number;
  action: () => void;
}

/** Time, chance and the network, moved by hand. */
export class FakeEnvironment implements LiveEnvironment {
  time = 1_000_000;
  chance = 0.5;
  isOnline = true;
  readonly sockets: FakeSocket[] = [];
  wake: () => void = () => {};
  lose: () => void = () => {};
  #timers = new Set<Timer>();

  open(url: string, protocols: string[]): LiveSocket {
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    return socket;
  }

  now = (): number => this.time;
  random = (): number => this.chance;
  online = (): boolean => this.isOnline;

  later(action: () => void, afterMs: number): () => void {
    const timer = { at: this.time + afterMs, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  onWake(wake: () => void): () => void {
    this.wake = wake;
    return () => {};
  }

  onOffline(lost: () => void): () => void {
    this.lose = lost;
    return () => {};
  }

  /** Moves the clock; what is due happens in its order. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers]
        .filter(({ at }) => at <= end)
        .sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.time = due.at;
      due.action();
      await settle();
    }
    this.time = end;
    await settle();
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("No socket was opened.");
    return socket;
  }
}

/** Lets what is promised already come to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
