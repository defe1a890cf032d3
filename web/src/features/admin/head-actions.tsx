import type { ReactNode } from "react";
import { createPortal } from "react-dom";
import { Store, useStore } from "@/lib/store.ts";

/** The place beside the tabs, where the parts of Admin put what one does there first. */
export const headSlot = new Store<HTMLElement | null>(null);

export function HeadActions({ children }: { children: ReactNode }) {
  const slot = useStore(headSlot);
  return slot === null ? null : createPortal(children, slot);
}
