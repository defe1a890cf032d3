import type { KeyboardEvent } from "react";
import type { RowActions } from "./actions.ts";

/** Keys of a row while the focus is in it. Single letters work nowhere else (WCAG 2.1.4). */
export function rowKeys(actions: RowActions, ask: () => void) {
  return (event: KeyboardEvent<HTMLElement>): void => {
    const inRow = event.currentTarget.contains(event.target as Node);
    if (!inRow || event.ctrlKey || event.metaKey || event.altKey) return;
    const { group, place, moveRefusal, removeRefusal, moveTo, remove } = actions;
    const act = (() => {
      if (event.key === "Delete" && removeRefusal === undefined) return remove;
      if (moveRefusal !== undefined) return;
      if (event.key === "m" || event.key === "M") return ask;
      if (!event.shiftKey) return;
      if (event.key === "Home" && place > 0) return () => moveTo(0);
      if (event.key === "ArrowUp" && place > 0) return () => moveTo(place - 1);
      if (event.key === "ArrowDown" && place < group.length - 1) return () => moveTo(place + 1);
      return;
    })();
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}
