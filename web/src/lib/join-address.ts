const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

export interface Addresses {
  public_url: string | null;
  network_url: string | null;
}

/** Whether only the machine that this page is open on can open it. */
export const isLocal = (origin: string): boolean => LOCAL.has(new URL(origin).hostname);

/**
 * Where a QR code leads phones: where the box was told that it is, else where this page came from,
 * else where it believes to be in the network. Null if phones cannot get there at all.
 */
export function joinAddress({ public_url, network_url }: Addresses, origin: string): string | null {
  const door = public_url ?? (isLocal(origin) ? network_url : origin);
  return door === null ? null : `${door}/join`;
}

/** An address as people read and type it: without the scheme that every browser adds. */
export const readable = (address: string): string =>
  address.replace(/^http:\/\//, "").replace(/^https:\/\/(?!.*:\d)/, "");

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)|\.local$/;

/** Whether an address is good in one network only: whoever wants in must be in that Wi-Fi. */
export const isPrivate = (address: string): boolean => PRIVATE.test(new URL(address).hostname);
