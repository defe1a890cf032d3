import { useTimeout } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLineupConnection } from "@/api/use-lineup.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import css from "./lineup.module.css";

const PATIENCE_MS = 3_000;

/** The acts are on their way; after three seconds it is said that nothing comes. */
export function NotYet() {
  const { t } = useTranslation();
  const connection = useLineupConnection();
  const [isLong, setLong] = useState(false);
  useTimeout(() => setLong(true), PATIENCE_MS, { autoInvoke: true });
  if (!isLong || connection === "connecting") return <RowSkeletons rows={6} />;
  return (
    <p className={css.none} role="status">
      {t("lineup.noAnswer")}
    </p>
  );
}
