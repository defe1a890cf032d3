import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Act, phaseOf } from "@/api/acts.ts";
import { serverNow } from "@/api/clock.ts";
import { useLineup, useMyScore } from "@/api/use-lineup.ts";
import { ActCover } from "@/components/act-cover.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconArrowLeft, IconStar } from "@/components/icons.ts";
import { Tag } from "@/components/tag.tsx";
import { Tally } from "@/components/tally.tsx";
import { momentOf } from "@/lib/format.ts";
import css from "./lineup.module.css";
import { NotYet } from "./not-yet.tsx";
import { OpenAct } from "./open-act.tsx";
import { useScoring } from "./use-scoring.ts";
import { useWhyRejected } from "./use-why-rejected.ts";

/** One act by its own address: to come, open, or with what it came to. */
export function ActPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/lineup/$id" });
  const lineup = useLineup();
  const act = lineup === null ? undefined : Object.values(lineup).flat().find(isIt(id));
  const isOpen = act !== undefined && phaseOf(act, serverNow()) === "open";
  const { refusals, give } = useScoring(isOpen ? [act] : []);
  return (
    <div className={css.one}>
      <p className={css.back}>
        <Link to="/lineup" className={css.text}>
          <IconArrowLeft size={20} stroke={1.75} aria-hidden="true" />
          {t("lineup.all")}
        </Link>
      </p>
      <h1 className="vh">{act?.title ?? t("places.lineup")}</h1>
      {lineup === null ? (
        <NotYet />
      ) : act === undefined ? (
        <Empty
          icon={<IconStar size={32} stroke={1.5} aria-hidden="true" />}
          text={t("lineup.noSuchAct")}
        />
      ) : isOpen ? (
        <OpenAct
          act={act}
          whole
          refusal={refusals[act.id]}
          onScore={(stars) => void give(act, stars)}
        />
      ) : (
        <StillAct act={act} />
      )}
    </div>
  );
}

const isIt =
  (id: string) =>
  (act: Act): boolean =>
    String(act.id) === id;

/** An act that cannot be scored now: it comes, or has closed. */
function StillAct({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  const mine = useMyScore(act.id);
  const why = useWhyRejected();
  const isComing = phaseOf(act, serverNow()) === "coming";
  return (
    <section className={css.act} aria-labelledby={`act-${act.id}`}>
      <div className={css.head}>
        <ActCover act={act} className={css.cover} />
        <div className="grow">
          <p className="line">
            <Tag>{isComing ? t("lineup.coming") : t(`lineup.status.${act.status}`)}</Tag>
          </p>
          <h2 className="t-title" id={`act-${act.id}`} dir="auto">
            {act.title}
          </h2>
          <p className={css.about} dir="auto">
            {act.description}
          </p>
        </div>
      </div>
      <p className={css.state}>
        {isComing
          ? t("lineup.opensAt", { time: momentOf(act.opens_at, i18n.language) })
          : t("lineup.closedAt", { time: momentOf(act.deadline, i18n.language) })}{" "}
        {mine?.counts != null && t("lineup.youGaveFull", { score: mine.counts })}{" "}
        {mine?.state === "rejected" && why(mine.reason)}
      </p>
      {!isComing && (
        <div className={css.tally}>
          <Tally act={act} mine={mine?.counts ?? undefined} />
        </div>
      )}
    </section>
  );
}
