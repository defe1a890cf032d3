import { lazy, Suspense } from "react";
import { useStore } from "@/lib/store.ts";
import { wallLinks } from "@/lib/wall-links.ts";

const WallLinks = lazy(() =>
  import("@/features/wall/wall-links.tsx").then((module) => ({ default: module.WallLinks })),
);

/** The links for screens, once somebody asks for them. */
export function WallDialog() {
  const isOpen = useStore(wallLinks);
  return <Suspense>{isOpen && <WallLinks onClose={() => wallLinks.set(false)} />}</Suspense>;
}
