import { useEffect, useRef } from "react";
import type { Stars } from "@/api/acts.ts";
import { isTyping, shortcuts } from "@/lib/shortcuts.ts";

/** Keys 1 to 5 score: the act with the focus, else the one that closes soonest. */
export function useScoreKeys(onScore: (actId: number | null, stars: Stars) => void): void {
  const now = useRef(onScore);
  now.current = onScore;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || isTyping(event.target)) return;
      if (event.altKey || event.ctrlKey || event.metaKey || !shortcuts.get()) return;
      if (!/^[1-5]$/.test(event.key)) return;
      event.preventDefault();
      const within = (event.target as Element | null)?.closest?.("[data-act]");
      const id = within?.getAttribute("data-act") ?? null;
      now.current(id === null ? null : Number(id), Number(event.key) as Stars);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
