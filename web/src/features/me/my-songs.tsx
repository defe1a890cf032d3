import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import * as tracks from "@/api/tracks.ts";
import { useNewSongs } from "@/api/use-new-songs.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconPlus } from "@/components/icons.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import { SongRow } from "./song-row.tsx";
import css from "./songs.module.css";

const PAGE = 10;

/** What one has sent into the library. */
export function MySongs() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const user = useUser();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useInfiniteQuery({
      queryKey: ["tracks", "mine", user?.id],
      queryFn: ({ pageParam, signal }) => tracks.mine(PAGE, pageParam, signal),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    });
  useNewSongs(() => void refetch());
  const songs = data?.pages.flatMap((page) => page.items) ?? [];
  const add = (
    <Button
      icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
      onClick={() => void navigate({ to: "/", search: { add: true } })}
    >
      {t("add.title")}
    </Button>
  );
  return (
    <section className={css.part} aria-labelledby="songs">
      <h2 className="t-label" id="songs">
        {t("me.songs")}
      </h2>
      {isPending && <RowSkeletons rows={3} />}
      {error !== null && (
        <Empty text={sentenceOf(error)}>
          <Button onClick={() => void refetch()}>{t("again")}</Button>
        </Empty>
      )}
      {data !== undefined && songs.length === 0 && <Empty text={t("me.noSongs")}>{add}</Empty>}
      <ul>
        {songs.map((track) => (
          <SongRow key={track.id} track={track} onChanged={() => void refetch()} />
        ))}
      </ul>
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
