import type { ReactNode, Ref } from "react";

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

/** For a row that stays where it is. */
export const still: SortableHandle = { ref: null, handleRef: null, isDragging: false };
