import type { KeyboardEvent } from "react";
import { shortcuts } from "@/lib/shortcuts.ts";
import type { RowActions } from "./row-actions.ts";

/** Keys of a row while the focus is in it; letters can be turned off (WCAG 2.1.4). */
export function rowKeys(actions: RowActions, ask: () => void) {
  return (event: KeyboardEvent<HTMLElement>): void => {
    // A menu or dialog of the row is drawn elsewhere in the page; its keys are its own.
    const inRow = event.currentTarget.contains(event.target as Node);
    if (!inRow || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const act = actionFor(`${event.shiftKey ? "Shift " : ""}${event.key}`, actions, ask);
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}

function actionFor(
  key: string,
  { place, moveRefusal, removeRefusal, voteRefusal, moveTo, remove, vote }: RowActions,
  ask: () => void,
): (() => void) | undefined {
  if (key === "Delete") return removeRefusal === undefined ? remove : undefined;
  const letters = shortcuts.get();
  if (key === "v") return letters && voteRefusal === undefined ? vote : undefined;
  if (moveRefusal !== undefined) return undefined;
  if (key === "m") return letters ? ask : undefined;
  const { at, of } = place();
  const moves: Record<string, number> = {
    "Shift Home": 0,
    "Shift End": of - 1,
    "Shift ArrowUp": at - 1,
    "Shift ArrowDown": at + 1,
  };
  const to = moves[key];
  if (to === undefined || to === at || to < 0 || to >= of) return undefined;
  return () => moveTo(to);
}
