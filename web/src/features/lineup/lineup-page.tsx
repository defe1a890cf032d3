import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import { useLineup } from "@/api/use-lineup.ts";
import buttons from "@/components/button.module.css";
import { Empty } from "@/components/empty.tsx";
import { IconStar } from "@/components/icons.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./lineup.module.css";
import { NotYet } from "./not-yet.tsx";
import { OpenAct } from "./open-act.tsx";
import { ClosedRow, ComingRow } from "./rows.tsx";
import { useScoring } from "./use-scoring.ts";

/** The acts of the evening: those open for scores at large, then those to come and those closed. */
export function LineupPage() {
  const { t } = useTranslation();
  const lineup = useLineup();
  const isPhone = useIsPhone();
  const isHost = useIsAtLeast("host");
  const { refusals, give } = useScoring(lineup?.open ?? []);
  const count = lineup === null ? 0 : Object.values(lineup).flat().length;
  return (
    <div className={css.page}>
      {/* On a phone the bar at the top says where one is. */}
      {!isPhone && (
        <div className={css.top}>
          <h1 className="t-title">{t("places.lineup")}</h1>
          <span className="t-2 grow">{count > 0 && t("lineup.acts", { count })}</span>
          {isHost && (
            <Link to="/host/lineup" className={buttons.button}>
              {t("lineup.manage")}
            </Link>
          )}
        </div>
      )}
      {lineup === null ? (
        <NotYet />
      ) : count === 0 ? (
        <NoActs />
      ) : (
        <div className={css.columns}>
          <div>
            {lineup.open.map((act) => (
              <OpenAct
                key={act.id}
                act={act}
                refusal={refusals[act.id]}
                onScore={(stars) => void give(act, stars)}
              />
            ))}
            {lineup.open.length === 0 && <p className={css.none}>{t("lineup.noneOpen")}</p>}
            {isPhone && isHost && (
              <p className={css.manage}>
                <Link to="/host/lineup" className={buttons.button}>
                  {t("lineup.manage")}
                </Link>
              </p>
            )}
          </div>
          <div>
            <Acts
              title={t("lineup.coming")}
              count={t("lineup.more", { count: lineup.coming.length })}
            >
              {lineup.coming.map((act) => (
                <ComingRow key={act.id} act={act} />
              ))}
            </Acts>
            <Acts
              title={t("lineup.closed")}
              count={t("lineup.acts", { count: lineup.closed.length })}
            >
              {lineup.closed.map((act) => (
                <ClosedRow key={act.id} act={act} />
              ))}
            </Acts>
          </div>
        </div>
      )}
    </div>
  );
}

/** A list with its name; nothing where there is nothing in it. */
function Acts({ title, count, children }: { title: string; count: string; children: ReactNode[] }) {
  const id = useId();
  if (children.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <div className={css.listHead}>
        <h2 className="grow" id={id}>
          {title}
        </h2>
        <span className="t-2">{count}</span>
      </div>
      <ul>{children}</ul>
    </section>
  );
}

function NoActs() {
  const { t } = useTranslation();
  const isHost = useIsAtLeast("host");
  return (
    <Empty
      icon={<IconStar size={32} stroke={1.5} aria-hidden="true" />}
      text={isHost ? t("lineup.emptyHost") : t("lineup.empty")}
    >
      {isHost ? (
        <Link
          to="/host/lineup"
          search={{ new: true }}
          className={`${buttons.button} ${buttons.main}`}
        >
          {t("lineup.announce")}
        </Link>
      ) : (
        <Link to="/" className="textlink alone">
          {t("wrong.toRoom")}
        </Link>
      )}
    </Empty>
  );
}
