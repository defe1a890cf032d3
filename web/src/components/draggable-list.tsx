import { Accessibility, PointerActivationConstraints } from "@dnd-kit/dom";
import {
  DragDropProvider,
  type DragEndEvent,
  type DragOverEvent,
  type DragStartEvent,
  KeyboardSensor,
  PointerSensor,
} from "@dnd-kit/react";
import { isSortable, useSortable } from "@dnd-kit/react/sortable";
import { type ComponentProps, Fragment, type ReactNode, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/lib/toasts.ts";
import { LongList } from "./long-list.tsx";
import { type RowAttributes, type RowHandle, type SortableProps, still } from "./sortable.ts";

type Plugins = Extract<
  ComponentProps<typeof DragDropProvider>["plugins"],
  readonly unknown[] | undefined
> &
  unknown[];

interface Drag {
  id: string;
  /** Where it hovers among all items. */
  to: number;
}

const sensors = [
  PointerSensor.configure({
    // A finger that stays put takes the row; one that moves scrolls the page.
    activatorElements: ({ element, handle }) => [handle, element],
    activationConstraints: ({ pointerType, target }, { handle }) => {
      if (pointerType === "touch") {
        return [new PointerActivationConstraints.Delay({ value: 350, tolerance: 8 })];
      }
      const byHandle = handle?.contains(target as Node) ?? false;
      // With a mouse the row itself stays text that can be selected.
      return byHandle ? undefined : [new PointerActivationConstraints.Distance({ value: 1e6 })];
    },
  }),
  KeyboardSensor,
];

/** A list whose rows can be dragged: by a handle, with a long touch, or with the keyboard. */
export function DraggableList<T extends { id: string }>(props: SortableProps<T>) {
  const { items, isFixed, nameOf, onMove, render, label, rowHeight } = props;
  const { t } = useTranslation();
  const [drag, setDrag] = useState<Drag | null>(null);
  const order = useMemo(() => (drag === null ? items : placed(items, drag)), [items, drag]);
  const now = useRef({ order, drag });
  now.current = { order, drag };

  const plugins = useAnnouncements((id) => {
    const index = now.current.order.findIndex((one) => one.id === id);
    const item = now.current.order[index];
    return { title: item === undefined ? "" : nameOf(item), place: index + 1 };
  });
  const drop = (canceled: boolean) => {
    const { drag: held } = now.current;
    setDrag(null);
    if (held === null || canceled) return;
    const item = items.find(({ id }) => id === held.id);
    if (item === undefined || isFixed(item)) {
      toast({ text: t("drag.gone"), tone: "plain" });
    } else if (items.indexOf(item) !== held.to) {
      onMove(item, held.to);
    }
  };
  return (
    <DragDropProvider
      sensors={sensors}
      plugins={plugins}
      onDragStart={({ operation: { source } }) => {
        if (!isSortable(source)) return;
        const id = String(source.id);
        setDrag({ id, to: items.findIndex((item) => item.id === id) });
      }}
      onDragOver={(event) => {
        // The order is ours: the page draws it, the library measures.
        event.preventDefault();
        const to = now.current.order.findIndex(({ id }) => id === event.operation.target?.id);
        if (to !== -1) setDrag((held) => held && (held.to === to ? held : { ...held, to }));
      }}
      onDragEnd={({ canceled }) => drop(canceled)}
    >
      <LongList
        items={order}
        {...{ label, rowHeight }}
        pinned={drag?.id}
        renderRow={(item, index, row) =>
          // What has no handle must not be known to dnd-kit: it would make a button of the row.
          isFixed(item) ? (
            <Fragment key={item.id}>{render(item, still(row))}</Fragment>
          ) : (
            <SortableRow key={item.id} {...{ item, index, row, render }} />
          )
        }
      />
    </DragDropProvider>
  );
}

interface RowProps<T> {
  item: T;
  index: number;
  row: RowAttributes;
  render: (item: T, handle: RowHandle) => ReactNode;
}

const glide = matchMedia("(prefers-reduced-motion: reduce)").matches
  ? null
  : { duration: 180, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };

function SortableRow<T extends { id: string }>({ item, index, row, render }: RowProps<T>) {
  const { ref, handleRef, isDragging } = useSortable({ id: item.id, index, transition: glide });
  return render(item, { row, ref, handleRef, isDragging });
}

/** The items as they would be if what is dragged were dropped now; others may move meanwhile. */
function placed<T extends { id: string }>(items: readonly T[], { id, to }: Drag): readonly T[] {
  const dragged = items.find((item) => item.id === id);
  if (dragged === undefined) return items;
  const others = items.filter((item) => item !== dragged);
  return [...others.slice(0, to), dragged, ...others.slice(to)];
}

/** What those hear who drag without seeing, in their language. */
function useAnnouncements(told: (id: unknown) => { title: string; place: number }) {
  const { t } = useTranslation();
  const tell = useRef(told);
  tell.current = told;
  return useMemo(() => {
    const accessibility = Accessibility.configure({
      screenReaderInstructions: { draggable: t("drag.how") },
      announcements: {
        dragstart: ({ operation: { source } }: DragStartEvent) =>
          t("drag.lifted", tell.current(source?.id)),
        dragover: ({ operation: { source, target } }: DragOverEvent) => {
          if (!source || !target || source.id === target.id) return undefined;
          const { title } = tell.current(source.id);
          return t("drag.over", { title, place: tell.current(target.id).place });
        },
        dragend: ({ operation: { source }, canceled }: DragEndEvent) =>
          canceled ? t("drag.canceled") : t("drag.dropped", tell.current(source?.id)),
      },
    });
    return (defaults: Plugins) => [
      ...defaults.filter((plugin) => plugin !== Accessibility),
      accessibility,
    ];
  }, [t]);
}
