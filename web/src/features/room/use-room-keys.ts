import { useEffect, useRef } from "react";
import { attempt } from "@/api/attempt.ts";
import { undo } from "@/api/queue.ts";
import { isTyping, shortcuts } from "@/lib/shortcuts.ts";

interface Keys {
  add: () => void;
  help: () => void;
}

/** Keys of the whole Room: to search and add, to see the keys, to take back. */
export function useRoomKeys(keys: Keys): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || isTyping(event.target)) return;
      const act = actionFor(event, now.current);
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function actionFor(event: KeyboardEvent, { add, help }: Keys): (() => void) | undefined {
  if (event.altKey || !shortcuts.get()) return undefined;
  if (event.ctrlKey || event.metaKey) {
    const takesBack = event.key.toLowerCase() === "z" && !event.shiftKey;
    return takesBack ? () => void attempt(undo) : undefined;
  }
  return { "/": add, "?": help }[event.key];
}
