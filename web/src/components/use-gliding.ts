import { type RefObject, useLayoutEffect, useRef } from "react";

const FURTHEST_PX = 800;

/** Shows where a row went: it glides from where it was. Not under a hand that drags it. */
export function useGliding(
  list: RefObject<HTMLElement | null>,
  items: readonly { id: string }[],
  rowHeight: number,
  isDragged: boolean,
): void {
  const before = useRef<ReadonlyMap<string, number>>(new Map());
  const wasDragged = useRef(false);
  useLayoutEffect(() => {
    const places = new Map(items.map(({ id }, index) => [id, index]));
    const wanted = !isDragged && !wasDragged.current && mayMove();
    for (const row of wanted ? (list.current?.children ?? []) : []) {
      const id = (row as HTMLElement).dataset["row"] ?? "";
      const [was, is] = [before.current.get(id), places.get(id)];
      if (was === undefined || is === undefined || was === is) continue;
      const from = Math.max(-FURTHEST_PX, Math.min(FURTHEST_PX, (was - is) * rowHeight));
      row.animate([{ transform: `translateY(${from}px)` }, { transform: "none" }], {
        duration: 180,
        easing: "cubic-bezier(0.2, 0.8, 0.2, 1)",
      });
    }
    before.current = places;
    wasDragged.current = isDragged;
  }, [list, items, rowHeight, isDragged]);
}

const mayMove = () => !matchMedia("(prefers-reduced-motion: reduce)").matches;
