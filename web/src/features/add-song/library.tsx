import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useIsAtLeast, useRoom, useUser } from "@/api/hooks.ts";
import * as tracks from "@/api/tracks.ts";
import { Button, IconButton } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { IconSearch, IconX } from "@/components/icons.ts";
import { RowSkeletons } from "@/components/skeleton.tsx";
import css from "./add-sheet.module.css";
import { Hit } from "./hit.tsx";

/** What is here already, found by a few letters. */
export function Library({ ownFiles }: { ownFiles: ReactNode }) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [query] = useDebouncedValue(words.trim(), 200);
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <SearchField
        words={words}
        field={field}
        onWords={setWords}
        onClear={() => {
          setWords("");
          field.current?.focus();
        }}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard. */}
      <div className={css.body} tabIndex={0} role="group" aria-label={t("add.found")}>
        <section aria-label={t("add.library")}>
          <Hits query={query} />
        </section>
        {ownFiles}
      </div>
    </>
  );
}

interface FieldProps {
  words: string;
  field: RefObject<HTMLInputElement | null>;
  onWords: (words: string) => void;
  onClear: () => void;
}

function SearchField({ words, field, onWords, onClear }: FieldProps) {
  const { t } = useTranslation();
  return (
    <div className={css.field}>
      <IconSearch size={20} stroke={1.75} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        data-autofocus
        value={words}
        onChange={(event) => onWords(event.target.value)}
        placeholder={t("add.placeholder")}
        aria-label={t("add.search")}
        autoComplete="off"
        enterKeyHint="search"
      />
      {words !== "" && (
        <IconButton label={t("add.clear")} onClick={onClear}>
          <IconX size={16} stroke={2} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}

function Hits({ query }: { query: string }) {
  const { t } = useTranslation();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useInfiniteQuery({
      queryKey: ["tracks", query],
      queryFn: ({ pageParam, signal }) => tracks.search(query, pageParam, signal),
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
  return (
    <>
      <div role="status">
        <h3 className={`t-label line ${css.part}`}>
          <span className="grow">
            {found.length === 0
              ? query === ""
                ? t("add.libraryEmpty")
                : t("add.nothingFound", { query })
              : query === ""
                ? t("add.latest")
                : hasNextPage
                  ? t("add.manyHere", { count: found.length })
                  : t("add.songsHere", { count: found.length })}
          </span>
          <Left />
        </h3>
      </div>
      <ul>
        {found.map((track) => (
          <Hit key={track.id} track={track} query={query} />
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

/** Calls `onNew` when a song has come into the library since: its check has ended. */
function useNewSongs(onNew: () => void): void {
  const room = useRoom();
  const checked = room?.items.filter((item) => item.state === "pending").length ?? 0;
  const before = useRef(checked);
  useEffect(() => {
    if (checked < before.current) onNew();
    before.current = checked;
  });
}

/** How many more songs of one's own may wait. */
function Left() {
  const { t } = useTranslation();
  const room = useRoom();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const limit = room?.policy.max_waiting ?? null;
  if (room === null || limit === null || isHost) return null;
  const waiting = room.items.filter(
    (item) => item.added_by.id === user?.id && ["pending", "queued", "locked"].includes(item.state),
  ).length;
  return <span className="t-2">{t("add.left", { count: Math.max(0, limit - waiting) })}</span>;
}
