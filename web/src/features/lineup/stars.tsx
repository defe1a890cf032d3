import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Stars as Score, STARS } from "@/api/acts.ts";
import { IconStar, IconStarFilled } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import css from "./stars.module.css";

interface Props {
  title: string;
  score: Score | undefined;
  isKept: boolean;
  onScore: (score: Score) => void;
}

const STEPS: Record<string, number> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
};

/**
 * Five stars as one choice. Arrows go from star to star and Space gives what has the focus: every
 * step on the way would be sent otherwise.
 */
export function Stars({ title, score, isKept, onScore }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const go = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(box.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      ref={box}
      className={css.stars}
      role="radiogroup"
      aria-label={t("lineup.yourScore", { title })}
      data-kept={isKept || undefined}
      onKeyDown={go}
    >
      {STARS.map((stars) => {
        const isChosen = score !== undefined && stars <= score;
        const Icon = isChosen ? IconStarFilled : IconStar;
        return (
          <button
            key={stars}
            type="button"
            role="radio"
            aria-checked={stars === score}
            aria-label={t("lineup.stars", { count: stars })}
            tabIndex={stars === (score ?? 1) ? 0 : -1}
            className={cx(isChosen && css.chosen)}
            onClick={() => onScore(stars)}
          >
            <Icon size={40} stroke={1.4} aria-hidden="true" />
          </button>
        );
      })}
    </div>
  );
}
