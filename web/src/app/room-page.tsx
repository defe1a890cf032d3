import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Room, type RoomTab } from "@/features/room/room.tsx";

export interface RoomSearch {
  tab?: "yours" | "played";
  add?: true;
}

const AddSheet = lazy(() =>
  import("@/features/add-song/add-sheet.tsx").then((module) => ({ default: module.AddSheet })),
);

/** The Room, and the sheet over it: which tab and whether the sheet is open is in the address. */
export function RoomPage() {
  const { tab, add } = useSearch({ from: "/inside/" });
  const navigate = useNavigate({ from: "/" });
  const show = (next: RoomTab) =>
    void navigate({ search: next === "next" ? {} : { tab: next }, replace: true });
  const open = (isOpen: boolean) =>
    void navigate({
      search: {
        ...(tab === undefined ? {} : { tab }),
        ...(isOpen ? { add: true as const } : {}),
      },
    });
  return (
    <>
      <Room tab={tab ?? "next"} onTab={show} onAdd={() => open(true)} />
      <Suspense>{add && <AddSheet onClose={() => open(false)} />}</Suspense>
    </>
  );
}
