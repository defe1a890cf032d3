import { Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import { type LineupOptions, lineupOptions, setLineupOptions } from "@/api/host-lineup.ts";
import { useLineup } from "@/api/use-lineup.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconArrowLeft, IconPlus, IconStar } from "@/components/icons.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { span } from "@/lib/format.ts";
import { ClosedCard, ComingCard, OpenCard } from "./act-rows.tsx";
import { ActSheet } from "./act-sheet.tsx";
import css from "./host-lineup.module.css";

/** Where hosts announce acts, move their times and close them. */
export function ActsPage() {
  const { t } = useTranslation();
  const lineup = useLineup();
  const navigate = useNavigate({ from: "/host/lineup" });
  const { new: isNew = false } = useSearch({ from: "/inside/host/lineup" });
  const [edited, setEdited] = useState<Act | null>(null);
  const open = () => void navigate({ search: { new: true } });
  const close = () => {
    setEdited(null);
    if (isNew) void navigate({ search: {}, replace: true });
  };
  const count = lineup === null ? 0 : Object.values(lineup).flat().length;
  const announce = (
    <Button
      look="main"
      icon={<IconPlus size={20} stroke={1.75} aria-hidden="true" />}
      onClick={open}
    >
      {t("hostLineup.new")}
    </Button>
  );
  return (
    <div className={css.page}>
      <Link to="/host" className={css.back}>
        <IconArrowLeft size={20} stroke={1.75} aria-hidden="true" />
        {t("hostLineup.toConsole")}
      </Link>
      <div className={css.top}>
        <h1 className="t-title grow">{t("places.lineup")}</h1>
        {count > 0 && announce}
      </div>
      <PlayedSongs />
      {lineup === null && <RowSkeletons rows={4} />}
      {lineup !== null && count === 0 && (
        <Empty
          icon={<IconStar size={32} stroke={1.5} aria-hidden="true" />}
          text={t("lineup.emptyHost")}
        >
          {announce}
        </Empty>
      )}
      {lineup !== null && lineup.open.length > 0 && (
        <section aria-labelledby="acts-open">
          <h2 className={css.name} id="acts-open">
            {t("lineup.openForScores")}
          </h2>
          <ul className={css.cards}>
            {lineup.open.map((act) => (
              <OpenCard key={act.id} act={act} onEdit={() => setEdited(act)} />
            ))}
          </ul>
        </section>
      )}
      {lineup !== null && lineup.coming.length > 0 && (
        <section aria-labelledby="acts-coming">
          <h2 className={css.name} id="acts-coming">
            {t("lineup.coming")}
          </h2>
          <ul>
            {lineup.coming.map((act) => (
              <ComingCard key={act.id} act={act} onEdit={() => setEdited(act)} />
            ))}
          </ul>
        </section>
      )}
      {lineup !== null && lineup.closed.length > 0 && (
        <section aria-labelledby="acts-closed">
          <h2 className={css.name} id="acts-closed">
            {t("lineup.closed")}
          </h2>
          <ul>
            {lineup.closed.map((act) => (
              <ClosedCard key={act.id} act={act} />
            ))}
          </ul>
        </section>
      )}
      {(isNew || edited !== null) && <ActSheet act={edited} onClose={close} />}
    </div>
  );
}

const OPTIONS = ["lineup-options"];

/** The switch that opens every song for scores once it has been heard. */
function PlayedSongs() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: OPTIONS, queryFn: lineupOptions });
  const set = (wanted: boolean) =>
    void attempt(async () => {
      const before = queries.getQueryData<LineupOptions>(OPTIONS);
      if (before === undefined) return;
      queries.setQueryData(OPTIONS, { ...before, score_played_songs: wanted });
      try {
        queries.setQueryData(OPTIONS, await setLineupOptions({ score_played_songs: wanted }));
      } catch (refused) {
        queries.setQueryData(OPTIONS, before);
        throw refused;
      }
    });
  if (error !== null && data === undefined) {
    return (
      <p className={css.setting} role="status">
        <span className="grow t-2">{sentenceOf(error)}</span>
        <Button look="outline" size="small" onClick={() => void refetch()}>
          {t("again")}
        </Button>
      </p>
    );
  }
  return (
    <div className={css.setting}>
      <span className="grow">
        <b>{t("hostLineup.playedSongs")}</b>
        <span className="t-2">
          {t("hostLineup.playedSongsHow", {
            time: span(data?.song_window_s ?? 300, i18n.language),
          })}
        </span>
      </span>
      <Switch
        aria-label={t("hostLineup.playedSongs")}
        checked={data?.score_played_songs ?? false}
        disabled={data === undefined}
        onChange={(event) => set(event.currentTarget.checked)}
      />
    </div>
  );
}
