import { useTranslation } from "react-i18next";
import css from "./skeleton.module.css";

/** The shape of a list that is on its way. */
export function RowSkeletons({ rows }: { rows: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity.
        <div key={row} className={css.row}>
          <span className={css.bone} />
          <span className={`${css.bone} ${css.square}`} />
          <span className={`${css.bone} ${css.half}`} />
          <span className={css.bone} />
        </div>
      ))}
    </div>
  );
}

export function PanelSkeleton() {
  return (
    <div className={css.panel} aria-hidden="true">
      <span className={css.cover} />
      <span className={css.bone} />
      <span className={`${css.bone} ${css.half}`} />
    </div>
  );
}
