import { Fragment, lazy, type ReactNode, type Ref, Suspense } from "react";

export interface SortableHandle {
  /** For the element that moves. */
  ref: Ref<HTMLLIElement>;
  /** For the element by which it is dragged. */
  handleRef: Ref<HTMLButtonElement>;
  isDragging: boolean;
}

export interface SortableProps<T extends { id: string }> {
  items: readonly T[];
  /** Items that stay where they are. */
  isFixed: (item: T) => boolean;
  /** `to` counts all items, from 0. */
  onMove: (item: T, to: number) => void;
  render: (item: T, index: number, handle: SortableHandle) => ReactNode;
  className?: string | undefined;
  label: string;
}

// Dragging is 39 kB that nobody needs to see the list: it comes a moment later.
const DraggableList = lazy(() =>
  import("./draggable-list.tsx").then((module) => ({ default: module.DraggableList })),
) as typeof import("./draggable-list.tsx").DraggableList;

const still: SortableHandle = { ref: null, handleRef: null, isDragging: false };

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
