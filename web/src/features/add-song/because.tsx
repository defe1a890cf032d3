import { useTranslation } from "react-i18next";
import { sayingOf } from "@/api/attempt.ts";
import { useServerNow } from "@/api/clock.ts";
import { Problem } from "@/api/problem.ts";
import { Button } from "@/components/button.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { IconHourglass } from "@/components/icons.ts";
import type { Saying } from "@/lib/refusals.ts";
import css from "./add-sheet.module.css";

interface Props {
  id: string;
  error: unknown;
  /** What is said, where that is not of `error`. */
  saying?: Saying;
  onRetry: (() => void) | undefined;
}

/** Why not, and from when on it may be tried again. */
export function Because({ id, error, saying = sayingOf(error), onRetry }: Props) {
  const { t } = useTranslation();
  const { text, strong, lang } = saying;
  const retryAt = error instanceof Problem ? error.retryAt : null;
  const now = useServerNow(5_000);
  const ready = retryAt === null || retryAt.getTime() <= now;
  return (
    <p className={css.because} role="status">
      <IconHourglass size={20} stroke={1.75} aria-hidden="true" />
      <span className="grow" id={id} lang={lang}>
        <Emphasis text={text} strong={strong} />
      </span>
      {ready && onRetry !== undefined && (
        <Button look="quiet" size="small" onClick={onRetry}>
          {t("again")}
        </Button>
      )}
    </p>
  );
}
