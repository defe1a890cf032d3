import { machineNow } from "@/lib/live/environment.ts";
import { randomId } from "@/lib/lock.ts";

/** An upload that was begun, as the browser remembers it over a reload. */
export interface KeptUpload {
  serverId: string;
  name: string;
  size: number;
  lastModified: number;
  sha256: string | null;
  /** Which tab sends it, and when that tab was last heard of. */
  tab: string;
  at: number;
}

const SILENT_MS = 30_000;

const keyOf = (userId: number) => `backline.uploads.${userId}`;

/** What was begun in this tab, or in one that is gone. */
export function leftBehind(userId: number): KeptUpload[] {
  const now = machineNow();
  return read(userId).filter(({ tab, at }) => tab === thisTab() || now - at > SILENT_MS);
}

export function keep(userId: number, upload: Omit<KeptUpload, "tab" | "at">): void {
  const others = read(userId).filter(({ serverId }) => serverId !== upload.serverId);
  write(userId, [...others, { ...upload, tab: thisTab(), at: machineNow() }]);
}

export function forget(userId: number, serverId: string): void {
  write(
    userId,
    read(userId).filter((one) => one.serverId !== serverId),
  );
}

/** A name that a tab keeps when it loads again. */
function thisTab(): string {
  const key = "backline.tab";
  try {
    const known = sessionStorage.getItem(key) ?? randomId();
    sessionStorage.setItem(key, known);
    return known;
  } catch {
    return "";
  }
}

function read(userId: number): KeptUpload[] {
  try {
    return JSON.parse(localStorage.getItem(keyOf(userId)) ?? "[]") as KeptUpload[];
  } catch {
    return [];
  }
}

function write(userId: number, uploads: KeptUpload[]): void {
  try {
    if (uploads.length === 0) localStorage.removeItem(keyOf(userId));
    else localStorage.setItem(keyOf(userId), JSON.stringify(uploads));
  } catch {
    // A full or forbidden storage: the upload goes on, only a reload forgets it.
  }
}
