import { machineNow } from "./live/environment.ts";

/**
 * Runs `action` in one tab at a time.
 *
 * Web Locks exist on secure origins only; on plain http in a local network a lease in the
 * shared storage does the same, good for ten seconds should its tab die.
 */
export async function exclusively<T>(name: string, action: () => Promise<T>): Promise<T> {
  if (navigator.locks !== undefined) return navigator.locks.request(name, action) as Promise<T>;
  const key = `backline.lock.${name}`;
  const mine = randomId();
  for (let tries = 0; tries < 100; tries += 1) {
    const [owner, until] = (localStorage.getItem(key) ?? "|0").split("|");
    if (Number(until) < machineNow() || owner === mine) {
      localStorage.setItem(key, `${mine}|${machineNow() + 10_000}`);
      await pause(20);
      if (localStorage.getItem(key)?.startsWith(`${mine}|`)) break;
    }
    await pause(50 + Math.random() * 100);
  }
  try {
    return await action();
  } finally {
    if (localStorage.getItem(key)?.startsWith(`${mine}|`)) localStorage.removeItem(key);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** 128 random bits in hexadecimal. `crypto.randomUUID` exists on secure origins only. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
