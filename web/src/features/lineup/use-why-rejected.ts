import { useTranslation } from "react-i18next";
import { plain, sayingOfRefusal } from "@/lib/refusals.ts";

/** Why a score that was accepted does not count after all, in words. */
export function useWhyRejected(): (reason: string | null) => string {
  const { t } = useTranslation();
  return (reason) => {
    const saying = reason === null ? null : sayingOfRefusal("scores", reason, {});
    return saying === null ? t("lineup.notCounted") : plain(saying);
  };
}
