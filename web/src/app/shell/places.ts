import type { Role } from "@/api/types.ts";
import {
  IconAdjustments,
  IconChecklist,
  IconPlaylist,
  IconShieldLock,
  IconShoppingBag,
  IconStar,
  IconSubtitles,
  IconUser,
} from "@/components/icons.ts";

/** Where one can go. The first five are for everybody, the rest by role. */
export const PLACES = [
  { to: "/", name: "places.room", Icon: IconPlaylist },
  { to: "/lineup", name: "places.lineup", Icon: IconStar },
  { to: "/captions", name: "places.captions", Icon: IconSubtitles },
  { to: "/shop", name: "places.shop", Icon: IconShoppingBag },
  { to: "/me", name: "places.me", Icon: IconUser },
] as const;

export const STAFF_PLACES = [
  { to: "/host", name: "places.host", Icon: IconAdjustments, role: "host" },
  { to: "/tasks", name: "places.tasks", Icon: IconChecklist, role: "host" },
  { to: "/admin", name: "places.admin", Icon: IconShieldLock, role: "admin" },
] as const;

/** The places of those who run the evening, by role. */
export const staffPlaces = (role: Role | undefined) =>
  STAFF_PLACES.filter((place) => role === "admin" || place.role === role);
