import { Store } from "./store.ts";

/** Whether the dialog with the links for screens is open; the shell shows it. */
export const wallLinks = new Store(false);

/** Whether this page is a wall: nobody touches it, and nobody can be asked anything. */
export const isWall = (): boolean => location.pathname === "/wall";

/** From wherever a host may want the wall. */
export const openWall = (): void => wallLinks.set(true);
