import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Act, Stars as Score } from "@/api/acts.ts";
import { useMyScore } from "@/api/use-lineup.ts";
import { ActCountdown } from "@/components/act-countdown.tsx";
import { ActCover } from "@/components/act-cover.tsx";
import { Tag } from "@/components/tag.tsx";
import { Tally } from "@/components/tally.tsx";
import type { Saying } from "@/lib/refusals.ts";
import css from "./lineup.module.css";
import { ScoreState } from "./score-state.tsx";
import { Stars } from "./stars.tsx";

interface Props {
  act: Act;
  /** Why the score that was given last does not count. */
  refusal: Saying | undefined;
  onScore: (score: Score) => void;
  /** It has a page to itself: all of its description is shown. */
  whole?: boolean;
}

/** An act that is open for scores: how long still, one's own score, and what all of them come to. */
export function OpenAct({ act, refusal, onScore, whole = false }: Props) {
  const { t } = useTranslation();
  const mine = useMyScore(act.id);
  const stars = mine?.state === "rejected" ? (mine.counts ?? undefined) : mine?.score;
  return (
    <section className={css.act} aria-labelledby={`act-${act.id}`} data-act={act.id}>
      <div className={css.head}>
        <ActCover act={act} className={css.cover} />
        <div className="grow">
          <p className="line">
            <Tag live>{t("lineup.openNow")}</Tag>
          </p>
          <h2 className="t-title" id={`act-${act.id}`} dir="auto">
            {whole ? (
              act.title
            ) : (
              <Link to="/lineup/$id" params={{ id: String(act.id) }} className={css.name}>
                <span className="one">{act.title}</span>
              </Link>
            )}
          </h2>
          <p className={whole ? css.about : "t-2 one"} dir="auto">
            {act.description}
          </p>
        </div>
        <ActCountdown act={act} />
      </div>
      <Stars title={act.title} score={stars} isKept={mine?.state === "kept"} onScore={onScore} />
      <ScoreState act={act} mine={mine} refusal={refusal} />
      <div className={css.tally}>
        <Tally act={act} mine={mine?.counts ?? undefined} />
      </div>
    </section>
  );
}
