import { MePage as Me } from "@/features/me/me-page.tsx";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import { StaffPlaces } from "./shell/staff-places.tsx";

/** Me, which on phones also leads to the places that the bar below has no room for. */
export function MePage() {
  const isPhone = useIsPhone();
  return <Me>{isPhone && <StaffPlaces />}</Me>;
}
