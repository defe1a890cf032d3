import { redirect } from "@tanstack/react-router";
import { session } from "@/api/session.ts";
import type { Role } from "@/api/types.ts";

export interface NextSearch {
  next?: string;
}

/** The door is for those outside; a guest may still log in or make an account. */
export function onlyOutside(guestsToo: boolean) {
  return ({ search }: { search: NextSearch }) => {
    const state = session.get();
    if (state.status !== "in" || (guestsToo && state.user.role === "guest")) return;
    throw redirect({ href: search.next ?? "/" });
  };
}

export function needs(role: Role) {
  return () => {
    const state = session.get();
    const mine = state.status === "in" ? state.user.role : "guest";
    const allowed = mine === "admin" || mine === role;
    if (!allowed) throw redirect({ to: "/" });
  };
}
