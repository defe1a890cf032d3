import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import { useRoom, useUser } from "@/api/hooks.ts";
import { type Change, changes, undoChange } from "@/api/host.ts";
import { latestChange } from "@/api/room.ts";
import { Button } from "@/components/button.tsx";
import { Emphasis } from "@/components/emphasis.tsx";
import { Sheet } from "@/components/sheet.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { clockTime } from "@/lib/format.ts";
import { useStore } from "@/lib/store.ts";
import { wordsOf } from "./change-words.ts";
import css from "./changes.module.css";
import { useRowsThatFit } from "./use-rows-that-fit.ts";

const PAGE = 50;
const ROW_PX = 36;

/** What people did, from the latest on; it follows the feed. */
function useChanges() {
  const client = useQueryClient();
  const latest = useStore(latestChange);
  const revision = useRoom()?.revision;
  const query = useInfiniteQuery({
    queryKey: ["changes"],
    queryFn: ({ pageParam }) => changes(PAGE, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    retry: 1,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are the news to look for
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ["changes"] });
  }, [client, latest, revision]);
  return { ...query, items: query.data?.pages.flatMap(({ items }) => items) ?? [] };
}

export function JustChanged() {
  const { t } = useTranslation();
  const { items, isPending, error, refetch } = useChanges();
  const [all, setAll] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const rows = useRowsThatFit(box, ROW_PX, 5);
  return (
    <section className={css.changed} aria-labelledby="changed">
      <div className={css.head}>
        <h2 className="grow" id="changed">
          {t("host.changed")}
        </h2>
        <button type="button" className={css.text} onClick={() => setAll(true)}>
          {t("host.allChanges")}
        </button>
      </div>
      <div ref={box} className={css.fit}>
        {isPending ? (
          <RowSkeletons rows={3} />
        ) : error !== null ? (
          <p className={css.note} role="status">
            {sentenceOf(error)}{" "}
            <button type="button" className={css.text} onClick={() => void refetch()}>
              {t("again")}
            </button>
          </p>
        ) : items.length === 0 ? (
          <p className={css.note}>{t("host.noChanges")}</p>
        ) : (
          <Log items={items.slice(0, rows)} />
        )}
      </div>
      {all && <AllChanges onClose={() => setAll(false)} />}
    </section>
  );
}

function AllChanges({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = useChanges();
  return (
    <Sheet label={t("host.allChanges")} onClose={onClose}>
      <div className={css.sheet}>
        <h2 className="t-title">{t("host.allChanges")}</h2>
        {items.length === 0 ? (
          <p className="t-2">{t("host.noChanges")}</p>
        ) : (
          <Log items={items} wide />
        )}
        <div className={css.foot}>
          {hasNextPage && (
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t("more")}
            </Button>
          )}
          <Button onClick={onClose}>{t("close")}</Button>
        </div>
      </div>
    </Sheet>
  );
}

function Log({ items, wide = false }: { items: readonly Change[]; wide?: boolean }) {
  return (
    <ul className={css.log} data-wide={wide || undefined}>
      {items.map((change) => (
        <Line key={change.id} change={change} />
      ))}
    </ul>
  );
}

function Line({ change }: { change: Change }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const user = useUser();
  const [busy, setBusy] = useState(false);
  const sentence = wordsOf(change, t, user?.id);
  if (sentence === null) return null;
  const undo = async () => {
    setBusy(true);
    await attempt(() => undoChange(change.id));
    await client.invalidateQueries({ queryKey: ["changes"] });
    setBusy(false);
  };
  const time = clockTime(change.at, i18n.language);
  return (
    <li data-undone={change.undone || undefined}>
      <time dateTime={change.at}>{time}</time>
      <span className={css.what}>
        <Emphasis text={sentence} strong={change.song?.title} />
      </span>
      {change.undoable && (
        <button
          type="button"
          className={css.text}
          aria-disabled={busy || undefined}
          aria-label={t("host.undoThis", { title: change.song?.title ?? "", time })}
          onClick={busy ? undefined : () => void undo()}
        >
          {t("undo")}
        </button>
      )}
      {change.undone && <span className="t-3">{t("host.undone")}</span>}
    </li>
  );
}
