import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import type { HealthPart } from "@/api/host.ts";
import { IconAlertCircle, IconCheck } from "@/components/icons.ts";
import { cx } from "@/lib/cx.ts";
import { momentOf } from "@/lib/format.ts";
import health from "./health.module.css";
import css from "./host.module.css";
import { useHealth } from "./use-health.ts";

/** How every part of the box is: a word or a figure each, measured a moment ago. */
export function HealthPanel() {
  const { t } = useTranslation();
  const { data, error, refetch } = useHealth({ here: true });
  const parts = data?.parts ?? [];
  const unwell = parts.filter(({ condition }) => condition !== "well").length;
  return (
    <section className={css.panel} aria-labelledby="health" id="health-panel" tabIndex={-1}>
      <div className={css.headS}>
        <h2 className="grow" id="health">
          {t("host.health")}
        </h2>
        {error !== null ? (
          <button type="button" className={css.text} onClick={() => void refetch()}>
            {t("again")}
          </button>
        ) : (
          parts.length > 0 && (
            <span className="t-2">
              {unwell === 0 ? t("host.allWell") : t("host.allBut", { count: unwell })}
            </span>
          )
        )}
      </div>
      {error !== null && (
        <p className="t-2" role="status">
          {sentenceOf(error)}
        </p>
      )}
      <ul className={health.parts} data-old={error !== null || undefined}>
        {parts.map((part) => (
          <PartLine key={part.name} part={part} />
        ))}
      </ul>
    </section>
  );
}

function PartLine({ part }: { part: HealthPart }) {
  const { t } = useTranslation();
  const words = useFigure(part);
  const isWell = part.condition === "well";
  const Icon = isWell ? IconCheck : IconAlertCircle;
  return (
    <li className={cx(!isWell && health.off)}>
      <Icon size={16} stroke={2} aria-hidden="true" />
      <span className="one">{t(`host.part.${part.name}`, { defaultValue: part.name })}</span>
      <span className={cx(health.value, "fig", !isWell && "wrong")}>{words}</span>
    </li>
  );
}

/** The one thing to know about a part: its figure while it is well, else what is wrong. */
function useFigure({ name, condition, word, figures }: HealthPart): string {
  const { t, i18n } = useTranslation();
  const number = (key: string) => Number(figures[key] ?? 0);
  const said = t(`host.word.${word}`, { defaultValue: word });
  if (condition !== "well") return said;
  switch (name) {
    case "database":
      return t("host.ms", { count: Math.max(1, Math.round(number("ms"))) });
    case "phones":
      return t("host.phonesOpen", { count: number("open") });
    case "disk":
      return t("host.free", { percent: Math.round(number("free_share") * 100) });
    case "processes":
      return number("restarts") === 0
        ? t("host.running", { count: number("running") })
        : t("host.restarts", { count: number("restarts") });
    case "worker":
      return number("waiting") === 0 ? said : t("host.inWork", { count: number("waiting") });
    case "backup": {
      const at = figures["at"];
      if (typeof at !== "string") return said;
      return momentOf(at, i18n.language);
    }
    default:
      return said;
  }
}
