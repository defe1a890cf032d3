import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/api/hooks.ts";
import { useStore } from "@/lib/store.ts";
import { leftBehind } from "./kept-uploads.ts";
import { isGoing, type OwnFile, ownFiles, percentOf, sentOf } from "./own-file.ts";
import css from "./upload-status.module.css";

/** How one's files come along while the sheet is closed; nothing where there are none. */
export function UploadStatus() {
  const { t } = useTranslation();
  const files = useStore(ownFiles);
  useLeftBehind();
  const going = files.filter(isGoing);
  useWarning(going.length > 0);
  const status = useWords(files, going);
  if (status === null) return null;
  const percent = percentOfAll(going);
  return (
    <Link
      to="/"
      search={{ add: true }}
      className={css.status}
      aria-label={t("upload.statusOpen", { status })}
      title={status}
    >
      <svg
        viewBox="0 0 20 20"
        className={css.ring}
        data-going={going.length > 0}
        aria-hidden="true"
      >
        <circle cx="10" cy="10" r="8" />
        <circle cx="10" cy="10" r="8" pathLength={100} strokeDasharray={`${percent} 100`} />
      </svg>
      <span className={css.words}>{status}</span>
    </Link>
  );
}

function useWords(files: readonly OwnFile[], going: readonly OwnFile[]): string | null {
  const { t } = useTranslation();
  if (going.length > 0) {
    return t("upload.statusGoing", { count: going.length, percent: percentOfAll(going) });
  }
  const count = files.filter(({ stage }) => NEEDS_YOU.has(stage.name)).length;
  return count === 0 ? null : t("upload.statusNeedsYou", { count });
}

const NEEDS_YOU = new Set<OwnFile["stage"]["name"]>(["paused", "missing", "failed"]);

function percentOfAll(files: readonly OwnFile[]): number {
  const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
  return percentOf(sum(files.map(sentOf)), sum(files.map(({ size }) => size)));
}

/** What was begun before the page was loaded is shown again; what sends comes when needed. */
function useLeftBehind(): void {
  const userId = useUser()?.id;
  useEffect(() => {
    if (userId !== undefined && leftBehind(userId).length > 0) void import("./upload-queue.ts");
  }, [userId]);
}

/** Asks before the page goes while something is on its way. */
function useWarning(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isNeeded]);
}
