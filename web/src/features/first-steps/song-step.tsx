import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { type Demo, type FirstSteps, fillWithDemo, removeDemo } from "@/api/first-steps.ts";
import buttons from "@/components/button.module.css";
import { Button } from "@/components/button.tsx";
import { IconPlus } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import css from "./first-steps.module.css";
import { Step } from "./step.tsx";

interface Props {
  steps: FirstSteps;
  onChange: () => void;
}

/** The first song: one's own, or content for trying that the box makes by itself. */
export function SongStep({ steps, onChange }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const { demo } = steps;
  const atWork = isAtWork(demo);
  const change = async (action: () => Promise<unknown>) => {
    setBusy(true);
    await attempt(action);
    onChange();
    setBusy(false);
  };
  const has = steps.waiting > 0 || steps.heard;
  return (
    <Step
      number={4}
      title={t("welcome.song.title")}
      done={has && !atWork ? t("welcome.song.done", { count: steps.songs }) : undefined}
    >
      {!has && !atWork && <p className="t-2">{t("welcome.song.help")}</p>}
      {atWork ? (
        <Progress demo={demo} />
      ) : (
        <div className={css.acts}>
          <Link to="/" search={{ add: true }} className={cx(buttons.button, buttons.main)}>
            <IconPlus size={20} stroke={1.75} aria-hidden="true" />
            {t("room.add")}
          </Link>
          {demo.state === "filled" ? (
            <Button busy={busy} onClick={() => void change(removeDemo)}>
              {t("welcome.demo.remove")}
            </Button>
          ) : (
            <Button busy={busy} onClick={() => void change(() => fillWithDemo(has))}>
              {t("welcome.demo.fill")}
            </Button>
          )}
        </div>
      )}
      {demo.state === "failed" && (
        <p className="t-2" role="alert">
          {t("welcome.demo.failed")}
        </p>
      )}
      {!atWork && (
        <p className="t-2">
          {t(demo.state === "filled" ? "welcome.demo.filled" : "welcome.demo.what", {
            count: demo.played,
          })}
        </p>
      )}
    </Step>
  );
}

/** The worker makes it, or the sounds that it made are still being listened to. */
export function isAtWork(demo: Demo): boolean {
  return demo.state === "filling" || demo.state === "removing" || demo.checking > 0;
}

function Progress({ demo }: { demo: Demo }) {
  const { t } = useTranslation();
  const share = demo.state === "filling" ? demo.fraction : 1;
  return (
    <>
      <p role="status">{wordsOf(demo, t)}</p>
      <div className={css.bar} aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </div>
    </>
  );
}

function wordsOf(demo: Demo, t: TFunction): string {
  if (demo.state === "removing") return t("welcome.demo.removing");
  if (demo.state === "filled") return t("welcome.demo.listening", { count: demo.checking });
  if (demo.step === "people") return t("welcome.demo.people");
  return t("welcome.demo.sounds", { count: demo.songs });
}
