import type { QueueItem } from "@/api/types.ts";
import type { RowHandle } from "@/components/sortable.ts";

export interface RowProps {
  item: QueueItem;
  /** Its number, counted from 1 without the failed ones. */
  number: number;
  /** Whether there is a place it could go to. */
  canMove: boolean;
  handle: RowHandle;
  onReplace: () => void;
}

/** Whether a row would look the same: of five hundred, few change at a time. */
export function looksTheSame(one: RowProps, other: RowProps): boolean {
  const [a, b] = [one.handle, other.handle];
  return (
    one.item === other.item &&
    one.number === other.number &&
    one.canMove === other.canMove &&
    a.isDragging === b.isDragging &&
    a.ref === b.ref &&
    a.handleRef === b.handleRef &&
    a.row["aria-posinset"] === b.row["aria-posinset"] &&
    a.row["aria-setsize"] === b.row["aria-setsize"] &&
    a.row.style?.marginTop === b.row.style?.marginTop
  );
}
