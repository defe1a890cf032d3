import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import { isTyping, shortcuts } from "@/lib/shortcuts.ts";

/** Walks the rows of a list: arrows within it, `j` and `k` from anywhere on the page. */
export function useRowFocus(
  list: RefObject<HTMLElement | null>,
  items: readonly { id: string }[],
  /** Brings a row into the page that is not there. */
  show: RefObject<(index: number) => void>,
  /** A row is being dragged: the arrows are its own. */
  isDragged: boolean,
) {
  /** The row that has the focus, and its place when it was last seen. */
  const [current, setCurrent] = useState<string>();
  const place = useRef(0);
  const wanted = useRef<string>(undefined);
  const known = useRef(items);
  known.current = items;
  const [, redraw] = useState(0);

  const ask = (id: string | undefined) => {
    if (id === undefined) return;
    wanted.current = id;
    setCurrent(id);
    redraw((count) => count + 1);
  };
  const step = (by: 1 | -1) => {
    const from = known.current.findIndex(({ id }) => id === current);
    ask(known.current[from === -1 ? 0 : from + by]?.id);
  };
  const stepNow = useRef(step);
  stepNow.current = step;

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (!shortcuts.get() || isTyping(event.target)) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.key === "j") stepNow.current(1);
      if (event.key === "k") stepNow.current(-1);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    const index = items.findIndex(({ id }) => id === current);
    if (index !== -1) {
      place.current = index;
    } else if (current !== undefined && document.activeElement === document.body) {
      // The row with the focus has gone: the next one takes its place.
      const next = items[Math.min(place.current, items.length - 1)]?.id;
      wanted.current = next;
      setCurrent(next);
    }
  }, [items, current]);

  // After every drawing: the row that is asked for may only now be in the page.
  useEffect(() => {
    const id = wanted.current;
    if (id === undefined) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`);
    if (row === null || row === undefined) {
      show.current(known.current.findIndex((item) => item.id === id));
      return;
    }
    wanted.current = undefined;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  });

  return {
    current,
    handlers: {
      onFocus: (event: FocusEvent<HTMLElement>) => {
        const row = event.target.closest<HTMLElement>("[data-row]");
        if (row !== null) setCurrent(row.dataset["row"]);
      },
      onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] as 1 | -1 | undefined;
        const inList = event.currentTarget.contains(event.target as Node);
        if (by === undefined || isDragged || !inList || event.defaultPrevented || event.shiftKey)
          return;
        event.preventDefault();
        step(by);
      },
    },
  };
}
