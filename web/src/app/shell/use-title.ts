import { useTranslation } from "react-i18next";
import { useWindowTitle } from "@/lib/use-window-title.ts";
import { PLACES, STAFF_PLACES } from "./places.ts";

const WELCOME = { to: "/welcome", name: "welcome.title" } as const;

/** The name of the window says where one is. */
export function useTitle(pathname: string, room: string | undefined): void {
  const { t } = useTranslation();
  const place = [...PLACES, ...STAFF_PLACES, WELCOME].find(
    ({ to }) => to === pathname || (to !== "/" && pathname.startsWith(`${to}/`)),
  );
  const title = [place && t(place.name), room].filter(Boolean).join(", ");
  useWindowTitle(title);
}
