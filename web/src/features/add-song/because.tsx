import { useTranslation } from "react-i18next";
import { useServerNow } from "@/api/clock.ts";
import { Button } from "@/components/button.tsx";
import { IconHourglass } from "@/components/icons.ts";
import css from "./add-sheet.module.css";

interface Props {
  id: string;
  text: string;
  retryAt: Date | null;
  onRetry: (() => void) | undefined;
}

/** Why not, and from when on it may be tried again. */
export function Because({ id, text, retryAt, onRetry }: Props) {
  const { t } = useTranslation();
  const now = useServerNow(5_000);
  const ready = retryAt === null || retryAt.getTime() <= now;
  return (
    <p className={css.because} role="status">
      <IconHourglass size={20} stroke={1.75} aria-hidden="true" />
      <span className="grow" id={id}>
        {text}
      </span>
      {ready && onRetry !== undefined && (
        <Button look="quiet" size="small" onClick={onRetry}>
          {t("again")}
        </Button>
      )}
    </p>
  );
}
