import { alarmCount } from "@/api/alarms.ts";
import { machineNow } from "@/lib/live/environment.ts";
import { Store } from "@/lib/store.ts";
import { type Alarm, Watch } from "./alarms.ts";

const watch = new Watch();
let told: readonly Alarm[] = [];

/** The alarms that hosts see now. */
export const alarms = new Store<readonly Alarm[]>([]);

/** Looks again at what was told; time alone can change what is shown. */
export function look(fresh: readonly Alarm[] = told): void {
  told = fresh;
  const shown = watch.shown(told, machineNow());
  const before = alarms.get();
  if (JSON.stringify(shown) !== JSON.stringify(before)) alarms.set(shown);
  alarmCount.set(shown.length);
}

/** Puts one aside for ten minutes, or until it goes away and comes back. */
export function hide(key: string): void {
  watch.hide(key, machineNow());
  look();
}
