import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconAlertCircle } from "@/components/icons.ts";
import css from "./listing.module.css";

interface Props<T> {
  data: T | undefined;
  error: Error | null;
  onRetry: () => unknown;
  children: (data: T) => ReactNode;
}

/** What a list is while it is not there: bones of its shape, or what went wrong. */
export function Listing<T>({ data, error, onRetry, children }: Props<T>) {
  const { t } = useTranslation();
  if (data !== undefined) return children(data);
  if (error === null) return <TableSkeleton />;
  return (
    <Empty
      icon={<IconAlertCircle size={32} stroke={1.5} aria-hidden="true" />}
      text={sentenceOf(error)}
    >
      {error instanceof Problem && error.traceId !== null && (
        <p className={css.reference}>{error.traceId}</p>
      )}
      <Button onClick={() => void onRetry()}>{t("again")}</Button>
    </Empty>
  );
}

const ROWS = ["a", "b", "c", "d", "e", "f", "g", "h"];

function TableSkeleton() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className={css.bones}>
      {ROWS.map((row) => (
        <div key={row} className={css.row}>
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
