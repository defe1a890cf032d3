import { useTranslation } from "react-i18next";
import { cx } from "@/lib/cx.ts";
import { useStore } from "@/lib/store.ts";
import { dismiss, toasts } from "@/lib/toasts.ts";
import { Button, IconButton } from "./button.tsx";
import { Emphasis } from "./emphasis.tsx";
import { IconAlertCircle, IconX } from "./icons.ts";
import css from "./toasts.module.css";

/** What just changed, said once, with the way back. */
export function Toasts() {
  const { t } = useTranslation();
  const all = useStore(toasts);
  return (
    <section className={css.region} aria-label={t("toast.region")} aria-live="polite">
      {all.map(({ id, text, strong, lang, tone, action, reference }) => (
        <div key={id} className={cx(css.toast, tone === "bad" && css.bad)} role="status">
          {tone === "bad" && <IconAlertCircle size={20} stroke={1.75} aria-hidden="true" />}
          <span className="grow" lang={lang}>
            <Emphasis text={text} strong={strong} />
            {reference ? <span className={css.reference}>{reference}</span> : null}
          </span>
          {action !== undefined && (
            <Button
              look="quiet"
              size="small"
              className="strong"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          {tone === "bad" && (
            <IconButton label={t("close")} onClick={() => dismiss(id)}>
              <IconX size={16} aria-hidden="true" />
            </IconButton>
          )}
        </div>
      ))}
    </section>
  );
}
