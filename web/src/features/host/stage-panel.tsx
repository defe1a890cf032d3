import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { attempt } from "@/api/attempt.ts";
import { serverNow } from "@/api/clock.ts";
import { addMinutes, openNow } from "@/api/host-lineup.ts";
import { useLineup } from "@/api/use-lineup.ts";
import { ActCountdown } from "@/components/act-countdown.tsx";
import { Button, IconButton } from "@/components/button.tsx";
import { CloseAct } from "@/components/close-act.tsx";
import { IconDeviceTv, IconPlus } from "@/components/icons.ts";
import { Tag } from "@/components/tag.tsx";
import { Tally } from "@/components/tally.tsx";
import { clockTime } from "@/lib/format.ts";
import { openWall } from "@/lib/wall-links.ts";
import css from "./host.module.css";
import stage from "./stage.module.css";

/** The act that is scored now, with its tally and its time; else the next one, or that none is. */
export function StagePanel() {
  const { t } = useTranslation();
  const lineup = useLineup();
  const [act, ...others] = lineup?.open ?? [];
  const [next] = lineup?.coming ?? [];
  return (
    <section className={css.panel} aria-labelledby="stage">
      <div className={css.headS}>
        <h2 id="stage">{t("hostLineup.onStage")}</h2>
        <span className="grow t-2 one">
          {others.length > 0 && t("hostLineup.others", { count: others.length })}
        </span>
        {act !== undefined && <Tag live>{t("lineup.openForScores")}</Tag>}
        <Link to="/host/lineup" className={css.text}>
          {t("hostLineup.manage")}
        </Link>
      </div>
      {act === undefined ? <Nobody known={lineup !== null} next={next} /> : <OnStage act={act} />}
    </section>
  );
}

function OnStage({ act }: { act: Act }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={stage.what}>
        <div className="grow">
          <p className="t-title one" title={act.title} dir="auto">
            {act.title}
          </p>
          <p className="t-2 one" dir="auto">
            {act.description}
          </p>
        </div>
        <ActCountdown act={act} />
      </div>
      <div className={stage.scores}>
        <Tally act={act} />
      </div>
      <div className={stage.controls}>
        <Button onClick={() => void attempt(() => addMinutes(act, 1))}>
          {t("hostLineup.addMinutes", { count: 1 })}
        </Button>
        <CloseAct act={act} />
        <span className="grow" />
        <IconButton label={t("hostLineup.toWall")} onClick={openWall}>
          <IconDeviceTv size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </div>
    </>
  );
}

/** Nothing is scored: the next act and its time, or the way to announce one. */
function Nobody({ known, next }: { known: boolean; next: Act | undefined }) {
  const { t, i18n } = useTranslation();
  if (!known) return <p className={`t-2 ${css.fact}`}>{t("lineup.noAnswer")}</p>;
  if (next === undefined) {
    return (
      <div className={stage.next}>
        <span className="t-2 grow">{t("lineup.noneOpen")}</span>
        <Link to="/host/lineup" search={{ new: true }} className={css.link}>
          <IconPlus size={18} stroke={1.75} aria-hidden="true" />
          {t("hostLineup.new")}
        </Link>
      </div>
    );
  }
  return (
    <div className={stage.next}>
      <time className={css.at}>{clockTime(next.opens_at, i18n.language)}</time>
      <span className="grow one" dir="auto">
        {next.title}
      </span>
      <Button onClick={() => void attempt(() => openNow(next, serverNow()))}>
        {t("hostLineup.openEarly")}
      </Button>
    </div>
  );
}
