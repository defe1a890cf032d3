import type { TFunction } from "i18next";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useRoom } from "@/api/hooks.ts";
import { Button, IconButton } from "@/components/button.tsx";
import { Cover } from "@/components/cover.tsx";
import {
  IconAlertCircle,
  IconCheck,
  IconFileMusic,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRefresh,
  IconX,
} from "@/components/icons.ts";
import { megabytes } from "@/lib/format.ts";
import css from "./add-sheet.module.css";
import { Because } from "./because.tsx";
import { type OwnFile, uploadQueue } from "./upload-queue.ts";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

export function OwnFileRow({ own }: { own: OwnFile }) {
  const { t, i18n } = useTranslation();
  const why = useId();
  const check = useCheck(own);
  const isBad = own.stage.name === "failed" || (check !== null && "failed" in check);
  const { file, stage } = own;
  const sent = "sent" in stage ? stage.sent : null;
  return (
    <li className={css.up}>
      <Picture own={own} isBad={isBad} />
      <span className={css.song}>
        <b title={file.name}>{file.name}</b>
        <span data-bad={isBad}>{wordsFor(own, t, i18n.language, check)}</span>
      </span>
      <span className={css.acts}>
        <Acts own={own} />
      </span>
      {sent !== null && stage.name !== "failed" && (
        <div
          className={css.progress}
          data-live={stage.name === "sending"}
          role="progressbar"
          aria-label={file.name}
          aria-valuenow={Math.round((sent / file.size) * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <i style={{ transform: `scaleX(${sent / file.size})` }} />
        </div>
      )}
      {stage.name === "refused" && (
        <Because
          id={why}
          text={stage.why}
          retryAt={stage.retryAt}
          onRetry={() => void uploadQueue.addToQueue(own.id, stage.track)}
        />
      )}
    </li>
  );
}

type Check = { percent: number } | { failed: string } | null;

/** How far the check of the sound is while it lasts, or why it failed. */
function useCheck({ stage }: OwnFile): Check {
  const room = useRoom();
  if (stage.name !== "queued") return null;
  const item = room?.items.find((other) => other.track.id === stage.track.id);
  if (item?.state === "failed") return { failed: item.reason ?? "" };
  return item?.state === "pending" ? { percent: Math.round(item.track.progress * 100) } : null;
}

function wordsFor({ file, stage }: OwnFile, t: TFunction, language: string, check: Check): string {
  const size = megabytes(file.size, language);
  switch (stage.name) {
    case "waiting":
      return t("upload.waiting");
    case "looking":
      return t("upload.looking");
    case "sending": {
      const done = t("upload.sent", { sent: megabytes(stage.sent, language), size });
      if (stage.bytesPerS === null) return done;
      const count = Math.max(1, Math.round((file.size - stage.sent) / stage.bytesPerS));
      return `${done}, ${t("upload.left", { count })}`;
    }
    case "paused":
      return t("upload.paused", { sent: megabytes(stage.sent, language), size });
    case "here":
      return t("upload.here", { title: stage.track.title });
    case "queued":
      if (check === null) return t("upload.queued");
      return "failed" in check ? check.failed : t("upload.queuedChecking", check);
    case "refused":
      return t("upload.inLibrary");
    case "failed":
      return stage.why;
  }
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

function Acts({ own: { id, file, stage } }: { own: OwnFile }) {
  const { t } = useTranslation();
  const name = file.name;
  const remove = (
    <IconButton label={t("upload.remove", { name })} onClick={() => uploadQueue.remove(id)}>
      <IconX {...icon} />
    </IconButton>
  );
  switch (stage.name) {
    case "sending":
      return (
        <IconButton label={t("upload.pause", { name })} onClick={() => uploadQueue.pause(id)}>
          <IconPlayerPause {...icon} />
        </IconButton>
      );
    case "paused":
      return (
        <>
          <IconButton label={t("upload.goOn", { name })} onClick={() => uploadQueue.goOn(id)}>
            <IconPlayerPlay {...icon} />
          </IconButton>
          {remove}
        </>
      );
    case "failed":
      return (
        <>
          <IconButton label={t("upload.retry", { name })} onClick={() => uploadQueue.goOn(id)}>
            <IconRefresh {...icon} />
          </IconButton>
          {remove}
        </>
      );
    case "here":
      return (
        <Button
          look="raised"
          size="small"
          icon={<IconPlus size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void uploadQueue.addToQueue(id, stage.track)}
        >
          {t("upload.addIt")}
        </Button>
      );
    case "waiting":
    case "refused":
      return remove;
    default:
      return null;
  }
}
