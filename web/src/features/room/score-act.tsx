import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { useLineup } from "@/api/use-lineup.ts";
import { useTimeLeft } from "@/components/act-countdown.tsx";
import { IconChevronRight, IconMicrophone2 } from "@/components/icons.ts";
import css from "./room.module.css";

/** The way to the act that is open for scores; of several the one that closes soonest. */
export function ScoreAct() {
  const [act] = useLineup()?.open ?? [];
  return act === undefined ? null : <ScoreLink act={act} />;
}

function ScoreLink({ act }: { act: Act }) {
  const { t } = useTranslation();
  const { text } = useTimeLeft(act);
  return (
    <Link to="/lineup" className={css.link}>
      <IconMicrophone2 size={20} stroke={1.75} aria-hidden="true" />
      <span className="grow">
        <b className="one">{t("lineup.score", { title: act.title })}</b>
        <span className="t-2 one fig">
          {t("lineup.scoreHow", { time: text, count: act.score_count })}
        </span>
      </span>
      <IconChevronRight size={16} stroke={2} aria-hidden="true" />
    </Link>
  );
}
