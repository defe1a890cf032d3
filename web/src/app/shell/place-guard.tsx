import type { ReactNode } from "react";
import { NoLonger, useHasLost } from "@/components/no-longer.tsx";
import css from "./shell.module.css";

/**
 * Around a page that needs a role. If that is taken away while the page is open, its controls
 * are off and it says why; what was typed there stays to be read.
 */
export function PlaceGuard({ role, children }: { role: "host" | "admin"; children: ReactNode }) {
  const hasLost = useHasLost(role);
  return (
    <>
      <NoLonger needs={role} />
      <fieldset className={css.guard} disabled={hasLost}>
        {children}
      </fieldset>
    </>
  );
}
