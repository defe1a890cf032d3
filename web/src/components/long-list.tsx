import { type ReactNode, useRef } from "react";
import type { RowAttributes } from "./sortable.ts";
import { useGliding } from "./use-gliding.ts";
import { useRowFocus } from "./use-row-focus.ts";
import { useWindow } from "./use-window.ts";

interface Props<T extends { id: string }> {
  items: readonly T[];
  label: string;
  rowHeight: number;
  renderRow: (item: T, index: number, row: RowAttributes) => ReactNode;
  /** A row that must stay in the page wherever one scrolls: it is being dragged. */
  pinned?: string | undefined;
}

/**
 * A list of rows of one height. Short lists are in the page as a whole, so that the browser's
 * search finds everything; of long ones what is near the view, with the numbers for those who
 * cannot see the rest. Rows are walked with the arrow keys, and glide when their place changes.
 */
export function LongList<T extends { id: string }>(props: Props<T>) {
  const { items, label, rowHeight, renderRow, pinned } = props;
  const list = useRef<HTMLOListElement>(null);
  const show = useRef((_index: number) => {});
  const focus = useRowFocus(list, items, show, pinned !== undefined);
  const keep = [focus.current, pinned];
  const view = useWindow(list, items, rowHeight, keep);
  useGliding(list, items, rowHeight, pinned !== undefined);
  show.current = view.show;
  let past = -1;
  return (
    <ol ref={list} aria-label={label} style={{ paddingBottom: view.after }} {...focus.handlers}>
      {view.indexes.map((index) => {
        const item = items[index];
        if (item === undefined) return null;
        const gap = (index - past - 1) * rowHeight;
        past = index;
        return renderRow(item, index, {
          "data-row": item.id,
          tabIndex: -1,
          ...(view.isWhole ? {} : { "aria-posinset": index + 1, "aria-setsize": items.length }),
          ...(gap > 0 ? { style: { marginTop: gap } } : {}),
        });
      })}
    </ol>
  );
}
