import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import * as tracks from "@/api/tracks.ts";
import { useNewSongs } from "@/api/use-new-songs.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconUpload } from "@/components/icons.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import css from "./add-sheet.module.css";
import { Hit } from "./hit.tsx";
import { Left } from "./left.tsx";
import { useUploadLimits } from "./use-upload-limits.ts";

/** What was found by some words; what was found before stays until then. */
export function Hits({ query, onChoose }: { query: string; onChoose: () => void }) {
  const { t } = useTranslation();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery({
      queryKey: ["tracks", query],
      queryFn: async ({ pageParam, signal }) => ({
        ...(await tracks.search(query, pageParam, signal)),
        query,
      }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next_cursor ?? undefined,
      placeholderData: (before) => before,
    });
  useNewSongs(() => void refetch());
  if (isPending) return <RowSkeletons rows={4} />;
  if (error !== null) {
    return (
      <Empty text={sentenceOf(error)}>
        <Button onClick={() => void refetch()}>{t("again")}</Button>
      </Empty>
    );
  }
  const found = data.pages.flatMap((page) => page.items);
  const asked = data.pages[0]?.query ?? query;
  return (
    <>
      <div role="status">
        <h3 className={`t-label line ${css.part}`}>
          <span className="grow">
            {found.length === 0
              ? t("add.nothingFound", { query: asked })
              : hasNextPage
                ? t("add.manyHere", { count: found.length })
                : t("add.songsHere", { count: found.length })}
          </span>
          <Left />
        </h3>
      </div>
      {found.length === 0 && <SendIt onChoose={onChoose} />}
      <ul>
        {found.map((track) => (
          <Hit key={track.id} track={track} query={asked} />
        ))}
      </ul>
      {hasNextPage && (
        <div className={css.part}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}

/** The way on when the library does not have it. */
function SendIt({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation();
  const limits = useUploadLimits();
  if (limits?.allowed === false) return null;
  return (
    <div className={css.part}>
      <p className="t-2">{t("add.sendIt")}</p>
      <Button
        className={css.way ?? ""}
        icon={<IconUpload size={16} stroke={2} aria-hidden="true" />}
        onClick={onChoose}
      >
        {t("add.choose")}
      </Button>
    </div>
  );
}
