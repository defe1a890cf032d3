import type { Frame } from "./document.ts";
import type { LiveEnvironment } from "./environment.ts";

export interface LiveOptions<D> {
  url: () => string;
  /** A one-time ticket. Rejects with `LiveRefused` if there is no session to connect with. */
  ticket: () => Promise<string>;
  read: (snapshot: Record<string, unknown>) => D;
  /** Frames that are not about the document: presence, what is mine. */
  onMessage?: (frame: Frame) => void;
  /** Frames that changed the document, once they have. */
  onChange?: (frame: Frame) => void;
  environment?: LiveEnvironment;
}

/** There is nobody logged in for the socket: trying again would not help. */
export class LiveRefused extends Error {
  override name = "LiveRefused";
}
