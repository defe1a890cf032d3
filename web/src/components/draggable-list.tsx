import { DragDropProvider } from "@dnd-kit/react";
import { isSortable, useSortable } from "@dnd-kit/react/sortable";
import { Fragment } from "react";
import { type SortableProps, still } from "./sortable.ts";

/** A list whose rows can be dragged by a handle, with a pointer or with the keyboard. */
export function DraggableList<T extends { id: string }>(props: SortableProps<T>) {
  const { items, isFixed, onMove, render, className, label } = props;
  return (
    <DragDropProvider
      onDragEnd={(event) => {
        const { source } = event.operation;
        if (event.canceled || !isSortable(source)) return;
        const item = items.find(({ id }) => id === source.id);
        if (item !== undefined && source.index !== source.initialIndex) onMove(item, source.index);
      }}
    >
      <ol className={className} aria-label={label}>
        {items.map((item, index) =>
          // What has no handle must not be known to dnd-kit: it would make a button of the row.
          isFixed(item) ? (
            <Fragment key={item.id}>{render(item, index, still)}</Fragment>
          ) : (
            <SortableRow key={item.id} item={item} index={index} render={render} />
          ),
        )}
      </ol>
    </DragDropProvider>
  );
}

interface RowProps<T> {
  item: T;
  index: number;
  render: SortableProps<T & { id: string }>["render"];
}

function SortableRow<T extends { id: string }>({ item, index, render }: RowProps<T>) {
  const { ref, handleRef, isDragging } = useSortable({ id: item.id, index });
  return render(item, index, { ref, handleRef, isDragging });
}
