import { useTranslation } from "react-i18next";
import type { Act, MyScore } from "@/api/acts.ts";
import { IconAlertCircle, IconCircleCheck, IconClock, IconHourglass } from "@/components/icons.ts";
import { clockTime } from "@/lib/format.ts";
import { plain, type Saying } from "@/lib/refusals.ts";
import css from "./lineup.module.css";
import { useWhyRejected } from "./use-why-rejected.ts";

interface Props {
  act: Act;
  mine: MyScore | undefined;
  refusal: Saying | undefined;
}

/** What has become of one's score, at the stars themselves. */
export function ScoreState({ act, mine, refusal }: Props) {
  return (
    <p className={css.state} role="status">
      <State act={act} mine={mine} refusal={refusal} />
    </p>
  );
}

function State({ act, mine, refusal }: Props) {
  const { t, i18n } = useTranslation();
  const why = useWhyRejected();
  const until = clockTime(act.deadline, i18n.language);
  const score = mine?.score ?? 0;
  if (refusal !== undefined || mine?.state === "rejected") {
    const said = refusal ?? { text: why(mine?.reason ?? null) };
    return (
      <>
        <span className={css.word} data-tone="bad">
          <IconAlertCircle size={16} stroke={2} aria-hidden="true" />
          {t("lineup.state.rejected")}
        </span>
        <span lang={said.lang}>{plain(said)}</span>
        {mine?.counts != null && <span>{t("lineup.stillCounts", { score: mine.counts })}</span>}
      </>
    );
  }
  switch (mine?.state) {
    case undefined:
      return <span>{t("lineup.giveUntil", { time: until })}</span>;
    case "kept":
      return (
        <>
          <span className={css.word} data-tone="mine">
            <IconClock size={16} stroke={2} aria-hidden="true" />
            {t("kept.mark")}
          </span>
          <span>{t("lineup.keptHow", { score })}</span>
        </>
      );
    case "pending":
      return (
        <>
          <span className={css.word}>
            <IconHourglass size={16} stroke={2} aria-hidden="true" />
            {t("lineup.state.pending")}
          </span>
          <span>{t("lineup.changeUntil", { score, time: until })}</span>
        </>
      );
    case "confirmed":
      return (
        <>
          <span className={css.word} data-tone="good">
            <IconCircleCheck size={16} stroke={2} aria-hidden="true" />
            {t("lineup.state.confirmed")}
          </span>
          <span>{t("lineup.changeUntil", { score, time: until })}</span>
        </>
      );
  }
}
