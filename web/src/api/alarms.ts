import { Store, useStore } from "@/lib/store.ts";

/** How many things need a host now: the figure on *Host*. Set by who watches the room's health. */
export const alarmCount = new Store(0);

export const useAlarmCount = (): number => useStore(alarmCount);
