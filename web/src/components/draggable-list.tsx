import { DragDropProvider } from "@dnd-kit/react";
import { isSortable, useSortable } from "@dnd-kit/react/sortable";
import type { SortableProps } from "./sortable-list.tsx";

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
        {items.map((item, index) => (
          <SortableRow
            key={item.id}
            item={item}
            index={index}
            fixed={isFixed(item)}
            render={render}
          />
        ))}
      </ol>
    </DragDropProvider>
  );
}

interface RowProps<T> {
  item: T;
  index: number;
  fixed: boolean;
  render: SortableProps<T & { id: string }>["render"];
}

function SortableRow<T extends { id: string }>({ item, index, fixed, render }: RowProps<T>) {
  const { ref, handleRef, isDragging } = useSortable({
    id: item.id,
    index,
    disabled: { draggable: fixed, droppable: fixed },
  });
  return render(item, index, { ref, handleRef, isDragging });
}
