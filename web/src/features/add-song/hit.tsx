import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useRoom, useUser } from "@/api/hooks.ts";
import { Problem } from "@/api/problem.ts";
import * as queue from "@/api/queue.ts";
import type { Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import { IconPlus } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import { clockTime, duration } from "@/lib/format.ts";
import css from "./add-sheet.module.css";
import { Because } from "./because.tsx";
import { Marked } from "./marked.tsx";

/** One song of the library: it can be added, waits already, or says why not. */
export function Hit({ track, query }: { track: Track; query: string }) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<{ why: string; retryAt: Date | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const why = useId();
  const facts = [
    track.artist || t("unknownArtist"),
    track.duration_s === null ? "" : duration(track.duration_s),
  ];
  const add = async () => {
    setBusy(true);
    try {
      await queue.add(track.id);
      setRefusal(null);
    } catch (error) {
      setRefusal({
        why: sentenceOf(error),
        retryAt: error instanceof Problem ? error.retryAt : null,
      });
    } finally {
      setBusy(false);
    }
  };
  const dead = track.status === "failed";
  const shown = dead ? { why: track.error ?? t("row.cannotPlay"), retryAt: null } : refusal;
  return (
    <li className={cx(css.hit, shown !== null && css.refused)}>
      <Cover track={track} className={css.cover} />
      <span className={css.song}>
        <b>
          <Marked text={track.title} query={query} />
        </b>
        <span>
          <Marked text={facts.filter(Boolean).join(" · ")} query={query} />
        </span>
      </span>
      <Where track={track}>
        <Button
          look="raised"
          size="small"
          aria-label={t("add.addTitle", { title: track.title })}
          aria-describedby={shown === null ? undefined : why}
          busy={busy}
          refusal={shown?.why}
          explained
          icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void add()}
        >
          {t("add.add")}
        </Button>
      </Where>
      {shown !== null && (
        <Because
          id={why}
          text={shown.why}
          retryAt={shown.retryAt}
          onRetry={dead ? undefined : () => void add()}
        />
      )}
    </li>
  );
}

/** When it comes, if it waits already and may not wait twice. */
function Where({ track, children }: { track: Track; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const room = useRoom();
  const user = useUser();
  const twins = room?.items.filter(
    ({ track: other, state }) => other.id === track.id && state !== "failed",
  );
  const twin = twins?.find((item) => item.added_by.id === user?.id) ?? twins?.[0];
  const playing = room?.playback.item?.track.id === track.id;
  if (playing) return <span className={css.where}>{t("add.playsNow")}</span>;
  if (twin === undefined || (room?.policy.duplicates && twin.added_by.id !== user?.id)) {
    return children;
  }
  const mine = twin.added_by.id === user?.id;
  const time =
    twin.starts_at === null ? t("row.whenReady") : clockTime(twin.starts_at, i18n.language);
  return (
    <span className={css.where} data-mine={mine}>
      {mine ? t("add.yours", { time }) : t("add.others", { time })}
    </span>
  );
}
