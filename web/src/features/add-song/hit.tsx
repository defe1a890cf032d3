import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { sayingOf } from "@/api/attempt.ts";
import { whyUnusable } from "@/api/causes.ts";
import * as queue from "@/api/queue.ts";
import type { Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconPlus } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import { duration } from "@/lib/format.ts";
import { plain } from "@/lib/refusals.ts";
import css from "./add-sheet.module.css";
import { Because } from "./because.tsx";
import { Marked } from "./marked.tsx";
import { Where } from "./where.tsx";

/** One song of the library: it can be added, waits already, or says why not. */
export function Hit({ track, query }: { track: Track; query: string }) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const add = async () => {
    setBusy(true);
    try {
      await queue.addKnown(track);
      setRefusal(null);
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  };
  const dead = track.status === "failed";
  const refused = refusal === null ? null : sayingOf(refusal);
  const why = dead ? whyUnusable(track) : refused;
  return (
    <li className={cx(css.hit, why !== null && css.refused)}>
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b dir="auto">
          <Marked text={track.title} query={query} />
        </b>
        <span>
          <bdi>
            <Marked text={track.artist || t("unknownArtist")} query={query} />
          </bdi>
          {track.duration_s !== null && ` · ${duration(track.duration_s)}`}
        </span>
      </span>
      <Where track={track}>
        <Button
          look="raised"
          size="small"
          aria-label={t("add.addTitle", { title: track.title })}
          aria-describedby={why === null ? undefined : id}
          busy={busy}
          refusal={why === null ? undefined : plain(why)}
          explained
          icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void add()}
        >
          {t("add.add")}
        </Button>
      </Where>
      {why !== null && (
        <Because
          id={id}
          error={refusal}
          saying={why}
          onRetry={dead ? undefined : () => void add()}
        />
      )}
    </li>
  );
}
