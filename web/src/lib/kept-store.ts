import { createStore, del, get, set, update } from "idb-keyval";

/** What stays in this browser over reloads. Where nothing can be kept, nothing is: no error. */
export interface KeptStore {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown): Promise<void>;
  /** Reads and writes in one transaction, also over tabs. */
  update<T>(key: string, change: (value: T | undefined) => T): Promise<void>;
  remove(key: string): Promise<void>;
}

const DATABASE = "backline";
let opened: ReturnType<typeof createStore> | undefined;

/** Some browsers refuse storage in private windows: the app then forgets, and goes on. */
async function tried<T>(action: (store: ReturnType<typeof createStore>) => Promise<T>) {
  try {
    opened ??= createStore(DATABASE, "kept");
    return await action(opened);
  } catch {
    return undefined;
  }
}

export const keptStore: KeptStore = {
  get: (key) => tried((store) => get(key, store)),
  set: async (key, value) => {
    await tried((store) => set(key, value, store));
  },
  update: async (key, change) => {
    await tried((store) => update(key, change, store));
  },
  remove: async (key) => {
    await tried((store) => del(key, store));
  },
};
