import { useTranslation } from "react-i18next";
import { type Act, STARS } from "@/api/acts.ts";
import { cx } from "@/lib/cx.ts";
import { meanOf } from "@/lib/format.ts";
import { IconStarFilled } from "./icons.ts";
import css from "./tally.module.css";

interface Props {
  act: Act;
  /** What this person gave: its bar is marked. */
  mine?: number | undefined;
}

const FIVE_TO_ONE = [...STARS].reverse();

/** What an act's scores come to: the mean, how many there are, and how they fall. */
export function Tally({ act, mine }: Props) {
  const { t, i18n } = useTranslation();
  const { score_count, score_mean } = act;
  return (
    <div className={css.tally}>
      <div>
        <p className={`fig ${css.mean}`} data-none={score_mean === null || undefined}>
          {score_mean === null ? t("lineup.noMean") : meanOf(score_mean, i18n.language)}
        </p>
        <p className="t-2">{t("lineup.scores", { count: score_count })}</p>
      </div>
      <Bars act={act} mine={mine} />
    </div>
  );
}

/** The share of a bar: the longest has the whole length, and one score can be seen. */
export function barShare(histogram: readonly number[], stars: number): number {
  const most = Math.max(...histogram);
  const count = histogram[stars - 1] ?? 0;
  return most === 0 || count === 0 ? 0 : Math.max(0.03, count / most);
}

function Bars({ act: { histogram }, mine }: Props) {
  const { t } = useTranslation();
  return (
    <div className={css.bars} role="img" aria-label={useHistogramWords(histogram)}>
      {FIVE_TO_ONE.map((stars) => (
        <div key={stars} className={cx(stars === mine && css.mine)}>
          <span className={css.key}>
            {stars}
            <IconStarFilled size={12} aria-hidden="true" />
          </span>
          <span className={css.track}>
            <i style={{ width: `${barShare(histogram, stars) * 100}%` }} />
          </span>
          <span className={`fig ${css.number}`}>
            {t("lineup.number", { value: histogram[stars - 1] ?? 0 })}
          </span>
        </div>
      ))}
    </div>
  );
}

/** The histogram for those who do not see it: “5 stars: 41, 4 stars: 28, …”. */
export function useHistogramWords(histogram: readonly number[]): string {
  const { t } = useTranslation();
  return FIVE_TO_ONE.map((stars) =>
    t("lineup.bar", { count: stars, value: histogram[stars - 1] ?? 0 }),
  ).join(", ");
}
