import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useUser } from "@/api/hooks.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import { useNewSongs } from "@/api/use-new-songs.ts";
import { Button } from "@/components/button.tsx";
import { Empty } from "@/components/empty.tsx";
import { RowSkeletons } from "@/components/skeleton.tsx";
import css from "./add-sheet.module.css";
import { Hit } from "./hit.tsx";
import { Left } from "./left.tsx";

const OWN = 3;
const FEW = 5;

/** Before anything is searched for: one's own songs, and what came into the library lately. */
export function Latest() {
  const { t } = useTranslation();
  const user = useUser();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["tracks", "latest", user?.id],
    queryFn: async ({ signal }) => {
      const [own, all] = await Promise.all([
        tracks.mine(OWN, undefined, signal),
        tracks.search("", undefined, signal),
      ]);
      const shown = new Set(own.items.map(({ id }) => id));
      return { own: own.items, others: all.items.filter(({ id }) => !shown.has(id)) };
    },
  });
  const [all, setAll] = useState(false);
  useNewSongs(() => void refetch());
  // As many as come in a room with songs: what stands below keeps its place.
  if (isPending) return <RowSkeletons rows={OWN + FEW} />;
  if (error !== null) {
    return (
      <Empty text={sentenceOf(error)}>
        <Button onClick={() => void refetch()}>{t("again")}</Button>
      </Empty>
    );
  }
  const { own } = data;
  const others = all ? data.others : data.others.slice(0, FEW);
  const isEmpty = own.length === 0 && others.length === 0;
  return (
    <>
      {own.length === 0 && (
        <Part name={isEmpty ? t("add.libraryEmpty") : t("add.latest")} songs={others} isFirst />
      )}
      {own.length > 0 && <Part name={t("add.yourSongs")} songs={own} isFirst />}
      {own.length > 0 && others.length > 0 && <Part name={t("add.latest")} songs={others} />}
      {others.length < data.others.length && (
        <div className={css.part}>
          <Button onClick={() => setAll(true)}>{t("more")}</Button>
        </div>
      )}
    </>
  );
}

interface PartProps {
  name: string;
  songs: Track[];
  isFirst?: boolean;
}

function Part({ name, songs, isFirst = false }: PartProps) {
  return (
    <>
      <h3 className={`t-label line ${css.part}`}>
        <span className="grow">{name}</span>
        {isFirst && <Left />}
      </h3>
      <ul>
        {songs.map((track) => (
          <Hit key={track.id} track={track} query="" />
        ))}
      </ul>
    </>
  );
}
