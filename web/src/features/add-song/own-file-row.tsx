import type { TFunction } from "i18next";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { Cover } from "@/components/cover.tsx";
import { IconAlertCircle, IconCheck, IconFileMusic } from "@/components/icons.ts";
import { megabytes } from "@/lib/format.ts";
import { Unreadable } from "@/lib/hashing.ts";
import css from "./add-sheet.module.css";
import { Because } from "./because.tsx";
import { type OwnFile, percentOf, sentOf } from "./own-file.ts";
import { OwnFileActs } from "./own-file-acts.tsx";
import { type Sequel, useSequel } from "./use-sequel.ts";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

interface Props {
  own: OwnFile;
  onChoose: () => void;
  /** Why it was refused is written at another row already. */
  isRepeated: boolean;
}

export function OwnFileRow({ own, onChoose, isRepeated }: Props) {
  const { t, i18n } = useTranslation();
  const why = useId();
  const sequel = useSequel(own);
  const { name, stage } = own;
  const isBad = stage.name === "failed" || sequel?.name === "failed";
  return (
    <li className={css.up} data-stage={stage.name}>
      <Picture own={own} isBad={isBad} />
      <span className={css.song}>
        <b dir="auto" title={name}>
          {name}
        </b>
        <span data-bad={isBad} lang={sequel?.name === "failed" ? sequel.why.lang : undefined}>
          {wordsFor(own, t, i18n.language, sequel)}
        </span>
      </span>
      <span className={css.acts}>
        <OwnFileActs own={own} onChoose={onChoose} />
      </span>
      <Progress own={own} />
      {stage.name === "refused" && !isRepeated && (
        <Because id={why} error={stage.error} onRetry={undefined} />
      )}
    </li>
  );
}

const MOVING = new Set(["sending", "finishing", "looking"]);

function Progress({ own }: { own: OwnFile }) {
  const { name, size, stage } = own;
  if (!("sent" in stage) || stage.name === "failed") return null;
  const done = stage.name === "looking" ? stage.done : sentOf(own) / Math.max(1, size);
  const isLive = MOVING.has(stage.name);
  return (
    <div
      className={css.progress}
      data-live={isLive && stage.name !== "looking"}
      role="progressbar"
      aria-label={name}
      aria-valuenow={percentOf(done, 1)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <i style={{ transform: `scaleX(${done})` }} />
    </div>
  );
}

/** Under this, the time to look for a twin is too short to be told of. */
const LARGE_BYTES = 30_000_000;

function wordsFor(own: OwnFile, t: TFunction, language: string, sequel: Sequel): string {
  const { name, size, stage } = own;
  const sent = { sent: floored(sentOf(own), language), size: megabytes(size, language) };
  switch (stage.name) {
    case "waiting":
      return stage.sent > 0 ? t("upload.waitsAt", sent) : t("upload.waiting");
    case "looking":
      return size < LARGE_BYTES
        ? t("upload.looking")
        : t("upload.lookingAt", { percent: percentOf(stage.done, 1) });
    case "sending":
      return stage.bytesPerS === null
        ? t("upload.sent", sent)
        : `${t("upload.sent", sent)}, ${left((size - stage.sent) / stage.bytesPerS, t)}`;
    case "finishing":
      return t("upload.finishing");
    case "interrupted":
      return t("upload.interrupted", sent);
    case "paused":
      return t("upload.paused", sent);
    case "missing":
      return t("upload.missing", { name, percent: percentOf(stage.sent, size) });
    case "here":
      return t("upload.here", { title: stage.track.title });
    case "queued":
      return sequelWords(sequel, t);
    case "refused":
      return t("upload.inLibrary");
    case "failed":
      return stage.error instanceof Unreadable ? t("upload.unreadable") : sentenceOf(stage.error);
  }
}

function sequelWords(sequel: Sequel, t: TFunction): string {
  switch (sequel?.name) {
    case "failed":
      return sequel.why.text;
    case "checking":
      return t("upload.queuedChecking", { percent: sequel.percent });
    case "waits":
      return t("upload.queuedAt", { time: sequel.time });
    case "plays":
      return t("add.playsNow");
    case "over":
      return t("upload.inLibraryNow");
    default:
      return t("upload.queued");
  }
}

function left(seconds: number, t: TFunction): string {
  return seconds < 90
    ? t("upload.left", { count: Math.max(1, Math.round(seconds)) })
    : t("upload.leftMinutes", { count: Math.round(seconds / 60) });
}

/** Never more than has arrived: 29.69 of 29.7 MB is 29.6. */
function floored(bytes: number, language: string): string {
  return megabytes(Math.floor(bytes / 100_000) * 100_000, language);
}

function Picture({ own: { stage }, isBad }: { own: OwnFile; isBad: boolean }) {
  if (stage.name === "here" || stage.name === "refused") {
    return <Cover track={stage.track} className={css.cover} />;
  }
  const isGood = stage.name === "queued" && !isBad;
  const Icon = isBad ? IconAlertCircle : isGood ? IconCheck : IconFileMusic;
  return (
    <span className={css.ico} data-good={isGood} data-bad={isBad}>
      <Icon {...icon} />
    </span>
  );
}
