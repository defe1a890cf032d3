import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";

/** Why nothing can be changed here now: the role may go while a page or a dialog is open. */
export function useRefusal(): string | undefined {
  const { t } = useTranslation();
  const isAdmin = useIsAtLeast("admin");
  return isAdmin ? undefined : t("noLonger.admin");
}
