import { Store } from "./store.ts";

/** Whether the large *Now* is on the screen, so that the small player need not repeat it. */
export const nowInView = new Store(false);
