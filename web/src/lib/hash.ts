/** FNV-1a, 32 bits: an even spread over short strings, the same everywhere. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * The SHA-256 of a file in hexadecimal, or null where it cannot be told cheaply: off secure
 * origins there is no SubtleCrypto, and it takes a file only as a whole.
 */
export async function sha256(file: Blob): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined || file.size > LARGEST_BYTES) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
