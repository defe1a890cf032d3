import { Fragment, lazy, Suspense } from "react";
import { LongList } from "./long-list.tsx";
import { type SortableProps, still } from "./sortable.ts";

// Dragging is 40 kB that nobody needs to see the list: it comes beside it, asked for at once, so
// that the rows are not made anew under somebody's hand.
const load = () =>
  import("./draggable-list.tsx").then((module) => ({ default: module.DraggableList }));
const early = load();
const DraggableList = lazy(() => early) as Awaited<typeof early>["default"];

/** A list whose rows can be dragged: by a handle, with a long touch, or with the keyboard. */
export function SortableList<T extends { id: string }>(props: SortableProps<T>) {
  const { items, render, label, rowHeight, isFixed } = props;
  const plain = (
    <LongList
      {...{ items, label, rowHeight }}
      renderRow={(item, _index, row) => (
        <Fragment key={item.id}>{render(item, still(row))}</Fragment>
      )}
    />
  );
  if (items.every(isFixed)) return plain;
  return (
    <Suspense fallback={plain}>
      <DraggableList {...props} />
    </Suspense>
  );
}
