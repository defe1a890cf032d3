import { useEffect } from "react";

/** The window's name says where one is; the name of the app stands last. */
export function useWindowTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Backline" : `${title} · Backline`;
  }, [title]);
}
