/** How far the server's clock is from this machine's, learnt from its answers. */
export class ServerClock {
  #bestRoundTrip = Number.POSITIVE_INFINITY;

  /** Another socket may take another way: what it says first counts. */
  anew(): void {
    this.#bestRoundTrip = Number.POSITIVE_INFINITY;
  }

  /** The offset by an answer that took `roundTripMs`, 0 if unknown; null if it teaches nothing. */
  learn(serverTime: string, roundTripMs: number, now: number, held: number): number | null {
    const server = Date.parse(serverTime);
    if (Number.isNaN(server) || roundTripMs < 0) return null;
    const offset = server + roundTripMs / 2 - now;
    if (this.#bestRoundTrip !== Number.POSITIVE_INFINITY) {
      if (roundTripMs === 0) return null;
      // The quickest answer knows best what time it was when it left. But where the difference
      // is more than the way explains, this machine's clock was set meanwhile.
      const wasSet = Math.abs(offset - held) > roundTripMs + 1_000;
      if (roundTripMs > this.#bestRoundTrip && !wasSet) return null;
    }
    if (roundTripMs > 0) this.#bestRoundTrip = roundTripMs;
    return offset;
  }
}
