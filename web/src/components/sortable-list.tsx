import { Fragment, lazy, Suspense } from "react";
import { type SortableProps, still } from "./sortable.ts";

// Dragging is 39 kB that nobody needs to see the list: it comes beside it, asked for at once, so
// that the rows are not made anew under somebody's hand. A phone has no handles.
const load = () =>
  import("./draggable-list.tsx").then((module) => ({ default: module.DraggableList }));
const early = matchMedia("(min-width: 720px)").matches ? load() : null;
const DraggableList = lazy(() => early ?? load()) as Awaited<ReturnType<typeof load>>["default"];

/** A list whose rows can be dragged by a handle, with a pointer or with the keyboard. */
export function SortableList<T extends { id: string }>(props: SortableProps<T>) {
  const { items, render, className, label } = props;
  const plain = (
    <ol className={className} aria-label={label}>
      {items.map((item, index) => (
        <Fragment key={item.id}>{render(item, index, still)}</Fragment>
      ))}
    </ol>
  );
  return (
    <Suspense fallback={plain}>
      <DraggableList {...props} />
    </Suspense>
  );
}
