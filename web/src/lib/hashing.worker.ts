import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const PIECE_BYTES = 4 * 1024 * 1024;

/** Reads a file piece by piece, so that one of any size takes the memory of one piece. */
addEventListener("message", async ({ data }: MessageEvent<Blob>) => {
  const hash = sha256.create();
  try {
    for (let at = 0; at < data.size; at += PIECE_BYTES) {
      hash.update(new Uint8Array(await data.slice(at, at + PIECE_BYTES).arrayBuffer()));
      postMessage({ done: Math.min(1, (at + PIECE_BYTES) / data.size) });
    }
    postMessage({ sha256: bytesToHex(hash.digest()) });
  } catch {
    postMessage({ unreadable: true });
  }
});
