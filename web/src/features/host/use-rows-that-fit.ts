import { type RefObject, useLayoutEffect, useState } from "react";
import { useIsWide } from "@/lib/use-is-phone.ts";

/** How many whole rows an element of the console has room for; `narrow` where the page scrolls. */
export function useRowsThatFit(
  ref: RefObject<HTMLElement | null>,
  rowPx: number,
  narrow: number,
): number {
  const isWide = useIsWide();
  const [rows, setRows] = useState(narrow);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null || !isWide) {
      setRows(narrow);
      return;
    }
    const measure = () => setRows(Math.max(0, Math.floor(element.clientHeight / rowPx)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [ref, rowPx, narrow, isWide]);
  return rows;
}
