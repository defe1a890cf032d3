import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { attempt } from "@/api/attempt.ts";
import { serverNow } from "@/api/clock.ts";
import { addMinutes, cancelAct, openNow } from "@/api/host-lineup.ts";
import { ActCountdown } from "@/components/act-countdown.tsx";
import { ActCover } from "@/components/act-cover.tsx";
import { ActResult } from "@/components/act-result.tsx";
import rows from "@/components/act-row.module.css";
import { Button, IconButton } from "@/components/button.tsx";
import { CloseAct } from "@/components/close-act.tsx";
import { Confirm } from "@/components/confirm.tsx";
import { IconPencil, IconTrash } from "@/components/icons.ts";
import { Tally } from "@/components/tally.tsx";
import { cx } from "@/lib/cx.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./host-lineup.module.css";

interface Props {
  act: Act;
  onEdit: () => void;
}

/** An act that is open: its tally, and what can be done about its time. */
export function OpenCard({ act, onEdit }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <li className={css.open} aria-label={act.title}>
      <div className={css.head}>
        <div className="grow">
          <p className="t-title one" dir="auto">
            {act.title}
          </p>
          <p className="t-2 one">
            {t("hostLineup.closes", { time: clockTime(act.deadline, i18n.language) })}
          </p>
        </div>
        <ActCountdown act={act} />
      </div>
      <Tally act={act} />
      <div className={css.acts}>
        <Button onClick={() => void attempt(() => addMinutes(act, 1))}>
          {t("hostLineup.addMinutes", { count: 1 })}
        </Button>
        <Button onClick={() => void attempt(() => addMinutes(act, 5))}>
          {t("hostLineup.addMinutes", { count: 5 })}
        </Button>
        <CloseAct act={act} />
        <span className={css.icons}>
          <Edit act={act} onEdit={onEdit} />
          <Cancel act={act} />
        </span>
      </div>
    </li>
  );
}

export function ComingCard({ act, onEdit }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <li className={cx(rows.row, css.row)} aria-label={act.title}>
      <time dateTime={act.opens_at}>{clockTime(act.opens_at, i18n.language)}</time>
      <ActCover act={act} className={cx(rows.cover, css.cover)} />
      <What act={act} more={act.description} />
      <span className={css.rowActs}>
        <Button onClick={() => void attempt(() => openNow(act, serverNow()))}>
          {t("hostLineup.openEarly")}
        </Button>
        <Edit act={act} onEdit={onEdit} />
        <Cancel act={act} />
      </span>
    </li>
  );
}

export function ClosedCard({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  const result = t("lineup.scores", { count: act.score_count });
  return (
    <li className={cx(rows.row, css.row)} aria-label={act.title} data-closed>
      <time dateTime={act.deadline}>{clockTime(act.deadline, i18n.language)}</time>
      <ActCover act={act} className={cx(rows.cover, css.cover)} />
      <What act={act} more={result} />
      <ActResult act={act} />
    </li>
  );
}

function What({ act, more }: { act: Act; more: string }) {
  return (
    <span className={rows.what}>
      <Link to="/lineup/$id" params={{ id: String(act.id) }} className={css.name} dir="auto">
        <span className="one">{act.title}</span>
      </Link>
      <span className="t-2 one" dir="auto">
        {more}
      </span>
    </span>
  );
}

function Edit({ act, onEdit }: Props) {
  const { t } = useTranslation();
  return (
    <IconButton label={t("hostLineup.editOf", { title: act.title })} onClick={onEdit}>
      <IconPencil size={20} stroke={1.75} aria-hidden="true" />
    </IconButton>
  );
}

/** Takes it off the line-up, after a question. */
function Cancel({ act }: { act: Act }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <IconButton
        label={t("hostLineup.cancelOf", { title: act.title })}
        refusal={act.score_count > 0 ? t("hostLineup.hasScores") : undefined}
        onClick={() => setAsking(true)}
      >
        <IconTrash size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
      {asking && (
        <Confirm
          title={t("hostLineup.cancelTitle", { title: act.title })}
          text={t("hostLineup.cancelHow")}
          act={t("hostLineup.cancel")}
          keep={t("hostLineup.keep")}
          onAct={() => cancelAct(act.id)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
