import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { Problem } from "@/api/problem.ts";
import * as queue from "@/api/queue.ts";
import type { Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconPlus } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import { duration } from "@/lib/format.ts";
import css from "./add-sheet.module.css";
import { Because } from "./because.tsx";
import { Marked } from "./marked.tsx";
import { Where } from "./where.tsx";

/** One song of the library: it can be added, waits already, or says why not. */
export function Hit({ track, query }: { track: Track; query: string }) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const why = useId();
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
  const shown = dead ? failureOf(track, t("row.cannotPlay")) : refusal;
  return (
    <li className={cx(css.hit, shown !== null && css.refused)}>
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
          aria-describedby={shown === null ? undefined : why}
          busy={busy}
          refusal={shown === null ? undefined : sentenceOf(shown)}
          explained
          icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void add()}
        >
          {t("add.add")}
        </Button>
      </Where>
      {shown !== null && (
        <Because id={why} error={shown} onRetry={dead ? undefined : () => void add()} />
      )}
    </li>
  );
}

/** A song whose check failed cannot be added; the check's own words say why. */
const failureOf = ({ error }: Track, otherwise: string) =>
  new Problem(409, { reason: "TRACK_NOT_READY", detail: error ?? otherwise });
