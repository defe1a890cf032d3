import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useState } from "react";

/** Up to here everything is in the page. */
const WHOLE = 60;
const BEYOND = 5;

interface View {
  isWhole: boolean;
  indexes: readonly number[];
  /** Pixels of the rows after the last one that is there. */
  after: number;
  show: (index: number) => void;
}

/** Which rows of a list have to be in the page, where its nearest scrolling ancestor stands. */
export function useWindow(
  list: RefObject<HTMLElement | null>,
  items: readonly { id: string }[],
  rowHeight: number,
  keep: readonly (string | undefined)[],
): View {
  const isWhole = items.length <= WHOLE;
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    if (isWhole || list.current === null) return;
    const found = scrollerOf(list.current);
    setScroller(found);
    const top = list.current.getBoundingClientRect().top - found.getBoundingClientRect().top;
    setMargin(Math.round(top + found.scrollTop));
  }, [list, isWhole]);
  const virtualizer = useVirtualizer({
    count: items.length,
    enabled: !isWhole,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: BEYOND,
    scrollMargin: margin,
    initialRect: { width: 0, height: 800 },
    rangeExtractor: (range) => {
      const indexes = new Set(defaultRangeExtractor(range));
      for (const id of keep) {
        const index = id === undefined ? -1 : items.findIndex((item) => item.id === id);
        if (index !== -1) indexes.add(index);
      }
      return [...indexes].sort((one, other) => one - other);
    },
  });
  if (isWhole)
    return { isWhole, indexes: items.map((_, index) => index), after: 0, show: () => {} };
  const indexes = virtualizer.getVirtualItems().map(({ index }) => index);
  const last = indexes.at(-1) ?? -1;
  return {
    isWhole,
    indexes,
    after: (items.length - 1 - last) * rowHeight,
    show: (index) => virtualizer.scrollToIndex(index, { align: "auto" }),
  };
}

function scrollerOf(element: HTMLElement): HTMLElement {
  for (let above = element.parentElement; above !== null; above = above.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(above).overflowY)) return above;
  }
  return document.documentElement;
}
