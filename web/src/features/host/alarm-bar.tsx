import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { play } from "@/api/playback.ts";
import { Button, IconButton } from "@/components/button.tsx";
import { IconAlertCircle, IconClock, IconX } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import { clockTime, fileSize } from "@/lib/format.ts";
import { useStore } from "@/lib/store.ts";
import { toast } from "@/lib/toasts.ts";
import { alarms, hide } from "./alarm-store.ts";
import css from "./alarms.module.css";
import type { Alarm, Remedy } from "./alarms.ts";

/** More than these would push the console off the screen; the rest is one press away. */
const AT_ONCE = 2;
const COMMAND = "backline backup room.tar";

/** What needs a host: a sentence each, with the button that helps. */
export function AlarmBar({ onOutput, onLook }: { onOutput: () => void; onLook: () => void }) {
  const { t } = useTranslation();
  const told = useStore(alarms);
  const [all, setAll] = useState(false);
  const shown = all ? told : told.slice(0, AT_ONCE);
  const more = told.length - shown.length;
  const remedies: Record<Remedy, () => void> = {
    output: onOutput,
    play: () => void attempt(play),
    failed: () => document.getElementById("songs-that-failed")?.focus(),
    health: onLook,
    backup: () => void copyCommand(t("host.copied", { command: COMMAND })),
  };
  return (
    <section className={css.alarms} aria-label={t("host.needsYou")}>
      {shown.map((alarm, index) => (
        <Row key={alarm.key} alarm={alarm} onHelp={remedies[alarm.remedy]}>
          {index === shown.length - 1 && told.length > AT_ONCE && (
            <Button look="quiet" onClick={() => setAll(!all)}>
              {all ? t("host.fewerAlarms") : t("host.moreAlarms", { count: more })}
            </Button>
          )}
        </Row>
      ))}
    </section>
  );
}

interface RowProps {
  alarm: Alarm;
  onHelp: () => void;
  children: ReactNode;
}

function Row({ alarm, onHelp, children }: RowProps) {
  const { t } = useTranslation();
  const { what, so } = useWords(alarm);
  const isBad = alarm.tone === "bad";
  const Icon = isBad ? IconAlertCircle : IconClock;
  return (
    // Only silence interrupts; everything else waits until the listener is done.
    <div className={cx(css.alarm, isBad && css.bad)} role={alarm.silence ? "alert" : "status"}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <p className={css.sentence}>
        <b>{what}</b> <span className="t-2">{so}</span>
      </p>
      {children}
      <Button look="raised" onClick={onHelp}>
        {t(`host.remedy.${alarm.remedy}`)}
      </Button>
      <IconButton label={t("host.hideAlarm", { what })} onClick={() => hide(alarm.key)}>
        <IconX size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
    </div>
  );
}

function useWords({ code, metadata }: Alarm): { what: string; so: string } {
  const { t, i18n } = useTranslation();
  const { free_bytes: free, at, of, driver } = metadata;
  const values = {
    ...metadata,
    count: Number(metadata["count"] ?? 0),
    free: typeof free === "number" ? fileSize(free, i18n.language) : "",
    day: typeof at === "string" ? clockTime(at, i18n.language) : "",
    part: typeof of === "string" ? t(`host.part.${of}`, { defaultValue: of }) : "",
    ...(driver === "emulated" && { context: "emulated" }),
    ...(code === "backup_due" && at === null && { context: "never" }),
  };
  return { what: t(`host.alarm.${code}.what`, values), so: t(`host.alarm.${code}.so`, values) };
}

async function copyCommand(said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(COMMAND);
  } catch {
    // Without the clipboard the sentence itself holds the command.
  }
  toast({ text: said, tone: "plain" }, 15_000);
}
