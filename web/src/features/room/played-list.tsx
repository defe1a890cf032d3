import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useRoom, useUser } from "@/api/hooks.ts";
import * as queue from "@/api/queue.ts";
import type { PlayedItem } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { Empty } from "@/components/empty.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { cx } from "@/lib/cx.ts";
import { clockTime } from "@/lib/format.ts";
import css from "./played.module.css";

/** What was heard, the latest first. */
export function PlayedList() {
  const { t, i18n } = useTranslation();
  const user = useUser();
  const playing = useRoom()?.playback.item_id;
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery({
      // A song that ends begins another: what plays is part of the question.
      queryKey: ["history", playing],
      queryFn: ({ pageParam }) => queue.history(pageParam),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
      placeholderData: (before) => before,
    });
  if (isPending) return <RowSkeletons rows={6} />;
  if (error !== null) {
    return (
      <Empty text={sentenceOf(error)}>
        <Button onClick={() => void refetch()}>{t("again")}</Button>
      </Empty>
    );
  }
  const items = data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Empty text={t("room.nothingPlayed")} />;
  return (
    <>
      <ol aria-label={t("room.played")}>
        {items.map((item) => (
          <li key={item.id} className={cx(css.row, item.added_by.id === user?.id && css.mine)}>
            <time dateTime={item.ended_at}>{clockTime(item.ended_at, i18n.language)}</time>
            <Cover track={item.track} />
            <span className={css.song}>
              <b>{item.track.title}</b>
              <span>{item.track.artist || t("unknownArtist")}</span>
            </span>
            <span className={css.by}>
              {item.state === "played" ? "" : `${t(`ended.${endOf(item)}`)} · `}
              {item.added_by.id === user?.id ? t("you") : item.added_by.display_name}
            </span>
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <div className={css.more}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}

function endOf(item: PlayedItem): "skipped" | "failed" | "removed" {
  return item.state === "skipped" || item.state === "failed" ? item.state : "removed";
}
