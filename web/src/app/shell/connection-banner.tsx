import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection } from "@/api/hooks.ts";
import { IconWifiOff } from "@/components/icons.ts";
import css from "./shell.module.css";

const PATIENCE_MS = 3_000;

/** Says that the connection is lost, once it has been for three seconds. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const connection = useConnection();
  const lost = connection !== "live" && connection !== "idle";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown) return null;
  return (
    <div className={css.banner} role="status">
      <IconWifiOff size={20} stroke={1.75} aria-hidden="true" />
      {connection === "offline" ? t("connection.offline") : t("connection.lost")}
    </div>
  );
}
