import type { CSSProperties, ReactNode, Ref } from "react";

/** What the element of a row takes over from its list. */
export interface RowAttributes {
  "data-row": string;
  "aria-posinset"?: number;
  "aria-setsize"?: number;
  tabIndex: -1;
  style?: CSSProperties;
}

export interface RowHandle {
  row: RowAttributes;
  /** For the element that moves. */
  ref: Ref<HTMLLIElement>;
  /** For the element by which it is dragged. */
  handleRef: Ref<HTMLButtonElement>;
  isDragging: boolean;
}

export interface RowsProps<T extends { id: string }> {
  items: readonly T[];
  label: string;
  /** All rows are as high as one. */
  rowHeight: number;
  render: (item: T, handle: RowHandle) => ReactNode;
}

export interface SortableProps<T extends { id: string }> extends RowsProps<T> {
  /** Items that stay where they are. */
  isFixed: (item: T) => boolean;
  nameOf: (item: T) => string;
  /** `to` counts all items, from 0. */
  onMove: (item: T, to: number) => void;
}

/** For a row that stays where it is. */
export const still = (row: RowAttributes): RowHandle => ({
  row,
  ref: null,
  handleRef: null,
  isDragging: false,
});
