/** The file is not there any more, or may not be read. */
export class Unreadable extends Error {
  override name = "Unreadable";
}

type Said = { done: number } | { sha256: string } | { unreadable: true };

/**
 * The SHA-256 of a file in hexadecimal; null where no worker can be had.
 *
 * SubtleCrypto takes a file only as a whole and exists on secure origins only, and a room in a
 * local network is not one: so a library does it, off the main thread.
 *
 * @throws Unreadable; `AbortError` when `signal` stopped it.
 */
export function sha256Of(
  file: Blob,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    // The bundler finds a worker by this very form.
    const worker = new Worker(new URL("./hashing.worker.ts", import.meta.url), { type: "module" });
    const end = (settle: () => void) => {
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if ("done" in data) onProgress(data.done);
      else if ("sha256" in data) end(() => resolve(data.sha256));
      else end(() => reject(new Unreadable()));
    };
    worker.onerror = () => end(() => resolve(null));
    const stop = () => end(() => reject(new DOMException("stopped", "AbortError")));
    signal.addEventListener("abort", stop, { once: true });
    worker.postMessage(file);
  });
}
