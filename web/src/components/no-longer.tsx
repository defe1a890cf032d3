import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import { IconShieldLock } from "./icons.ts";
import css from "./no-longer.module.css";

type Needed = "host" | "admin";

/** Whether a role that somebody came here with has been taken away since. */
export function useHasLost(role: Needed | undefined): boolean {
  const may = useIsAtLeast(role ?? "guest");
  const could = useRef(may);
  could.current ||= may;
  return could.current && !may;
}

/** For dialogs and pages of a role: says that it was taken away; what was typed stays readable. */
export function NoLonger({ needs }: { needs: Needed }) {
  const { t } = useTranslation();
  const hasLost = useHasLost(needs);
  if (!hasLost) return null;
  return (
    <p className={css.noLonger} role="alert">
      <IconShieldLock size={20} stroke={1.75} aria-hidden="true" />
      <span>{t(`noLonger.${needs}`)}</span>
    </p>
  );
}
