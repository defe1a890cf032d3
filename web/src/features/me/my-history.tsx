import { useInfiniteQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useRoom, useUser } from "@/api/hooks.ts";
import * as queue from "@/api/queue.ts";
import type { PlayedItem } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { Empty } from "@/components/empty.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { dateTime, duration } from "@/lib/format.ts";
import css from "./songs.module.css";

/** What of one's own was heard, the latest first. */
export function MyHistory() {
  const { t } = useTranslation();
  const user = useUser();
  const playing = useRoom()?.playback.item_id;
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery({
      queryKey: ["history", "mine", user?.id, playing],
      queryFn: ({ pageParam }) => queue.history(pageParam, true),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
      placeholderData: (before) => before,
    });
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={css.part} aria-labelledby="played">
      <h2 className="t-label" id="played">
        {t("me.played")}
      </h2>
      {isPending && <RowSkeletons rows={3} />}
      {error !== null && (
        <Empty text={sentenceOf(error)}>
          <Button onClick={() => void refetch()}>{t("again")}</Button>
        </Empty>
      )}
      {data !== undefined && items.length === 0 && <p className="t-2">{t("me.nothingPlayed")}</p>}
      <ol>
        {items.map((item) => (
          <Played key={item.id} item={item} />
        ))}
      </ol>
      {hasNextPage && (
        <div>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </section>
  );
}

function Played({ item }: { item: PlayedItem }) {
  const { t, i18n } = useTranslation();
  const when = dateTime(item.ended_at, i18n.language);
  return (
    <li className={css.row}>
      <Cover track={item.track} />
      <span className={css.song}>
        <b dir="auto">{item.track.title}</b>
        <span>
          <time dateTime={item.ended_at}>{when}</time>
          {` · ${wordsFor(item, t)}`}
        </span>
      </span>
    </li>
  );
}

function wordsFor(item: PlayedItem, t: TFunction): string {
  const heard = duration(item.heard_s);
  const { votes } = item;
  if (item.state === "skipped") return t("me.skippedAt", { heard });
  if (item.state === "failed") return t("ended.failed");
  return votes > 0
    ? `${t("me.heard", { heard })} · ${t("me.votes", { count: votes })}`
    : t("me.heard", { heard });
}
