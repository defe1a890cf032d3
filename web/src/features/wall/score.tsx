import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { type Act, arranged, phaseOf, STARS, timeLeft } from "@/api/acts.ts";
import { IconStarFilled } from "@/components/icons.ts";
import { barShare, useHistogramWords } from "@/components/tally.tsx";
import { clockTime, duration, meanOf } from "@/lib/format.ts";
import { Fitting } from "./fitting.tsx";
import css from "./score.module.css";
import wall from "./wall.module.css";

/** How long a result stays on the wall once nothing is scored any more. */
const RESULT_STAYS_MS = 10 * 60_000;

/** The act to show: that which closes soonest, else what was just decided. */
export function actOnWall(acts: readonly Act[], now: number): Act | undefined {
  const {
    open: [open],
    closed: [closed],
  } = arranged(acts, now);
  const isFresh = closed !== undefined && now - Date.parse(closed.deadline) < RESULT_STAYS_MS;
  return open ?? (isFresh ? closed : undefined);
}

interface Props {
  act: Act;
  now: number;
  asOf: number | null;
}

/** What an act's scores come to, for the last row. */
export function Score({ act, now, asOf }: Props) {
  const { t, i18n } = useTranslation();
  const { score_mean, score_count } = act;
  const mean = score_mean === null ? null : meanOf(score_mean, i18n.language);
  const isOpen = phaseOf(act, now) === "open";
  return (
    <section className={wall.now} aria-labelledby="wall-score">
      <h2 id="wall-score">
        <svg className={wall.eq} data-still={!isOpen} viewBox="0 0 14 14" aria-hidden>
          <path d="M2.2 8v3.8M7 2.4v9.4M11.8 5.6v6.2" />
        </svg>
        {asOf !== null
          ? t("wall.asOf", { time: clockTime(asOf, i18n.language) })
          : isOpen
            ? t("lineup.openForScores")
            : t("wall.result")}
      </h2>
      <div className={css.act}>
        <Fitting className={wall.title} text={act.title} />
        <p className={wall.artist} dir="auto">
          {act.description}
        </p>
      </div>
      <div className={css.mean}>
        {mean !== null && <strong>{mean}</strong>}
        <div>
          <StarRow mean={score_mean ?? 0} label={mean === null ? null : t("wall.of5", { mean })} />
          <p>{t("lineup.scores", { count: score_count })}</p>
        </div>
      </div>
    </section>
  );
}

/** Five stars, filled as far as the mean goes. */
function StarRow({ mean, label }: { mean: number; label: string | null }) {
  return (
    <div
      className={css.stars}
      {...(label === null ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {STARS.map((star) => {
        const missing = Math.max(0, Math.min(1, star - mean));
        return (
          <i key={star}>
            <IconStarFilled className={css.off} aria-hidden="true" />
            <IconStarFilled
              style={{ clipPath: `inset(0 ${missing * 100}% 0 0)` }}
              aria-hidden="true"
            />
          </i>
        );
      })}
    </div>
  );
}

/** How the scores fall. */
export function ScoreBars({ act: { histogram } }: { act: Act }) {
  const { t } = useTranslation();
  return (
    <section className={wall.side} aria-label={t("wall.howTheyFall")}>
      <div className={css.bars} role="img" aria-label={useHistogramWords(histogram)}>
        {[...STARS].reverse().map((stars) => (
          <div key={stars}>
            <span className={css.key}>
              {stars}
              <IconStarFilled aria-hidden="true" />
            </span>
            <span className={css.track}>
              <i style={{ width: `${barShare(histogram, stars) * 100}%` }} />
            </span>
            <span className={css.number}>
              {t("lineup.number", { value: histogram[stars - 1] ?? 0 })}
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

/** How long it can be scored still, or that it is decided. */
export function ScoreTime({ act, now }: Omit<Props, "asOf">) {
  const { t, i18n } = useTranslation();
  const { ms, share } = timeLeft(act, now);
  const time = clockTime(act.deadline, i18n.language);
  return (
    <section className={css.foot} aria-label={t("wall.timeLeft")}>
      <p className={css.left}>
        {ms > 0 ? (
          <>
            <strong>{duration(Math.ceil(ms / 1_000))}</strong>
            <span>{t("wall.leftToScore", { time })}</span>
          </>
        ) : (
          <span>{t("lineup.closedAt", { time })}</span>
        )}
      </p>
      <div className={css.time} style={{ "--share": share } as CSSProperties}>
        <i />
      </div>
    </section>
  );
}
