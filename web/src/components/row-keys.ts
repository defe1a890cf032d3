import type { KeyboardEvent } from "react";
import { shortcuts } from "@/lib/shortcuts.ts";
import type { RowActions } from "./row-actions.ts";

/** Keys of a row while the focus is in it. Single letters work nowhere else (WCAG 2.1.4). */
export function rowKeys(actions: RowActions, ask: () => void) {
  return (event: KeyboardEvent<HTMLElement>): void => {
    // A menu or dialog of the row is drawn elsewhere in the page; its keys are its own.
    const inRow = event.currentTarget.contains(event.target as Node);
    if (!shortcuts.get() || !inRow || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actionFor(`${event.shiftKey ? "Shift " : ""}${event.key}`, actions, ask);
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
}

function actionFor(
  key: string,
  { group, place, moveRefusal, removeRefusal, moveTo, remove }: RowActions,
  ask: () => void,
): (() => void) | undefined {
  if (key === "Delete") return removeRefusal === undefined ? remove : undefined;
  if (moveRefusal !== undefined) return undefined;
  const isFirst = place === 0;
  const isLast = place === group.length - 1;
  const moves: Record<string, (() => void) | false> = {
    m: ask,
    "Shift M": ask,
    "Shift Home": !isFirst && (() => moveTo(0)),
    "Shift ArrowUp": !isFirst && (() => moveTo(place - 1)),
    "Shift ArrowDown": !isLast && (() => moveTo(place + 1)),
  };
  return moves[key] || undefined;
}
