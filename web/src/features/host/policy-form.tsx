import { NumberInput, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { setPolicy } from "@/api/queue.ts";
import type { Policy, PolicyKind } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./host.module.css";

const KINDS: readonly PolicyKind[] = ["fair_turns", "fair_seconds", "votes", "fifo"];

/** The rule of the room; it holds from the moment it is saved. */
export function PolicyForm({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Partial<Policy>>({});
  const now = { ...policy, ...draft };
  const change = (part: Partial<Policy>) => setDraft({ ...draft, ...part });
  const save = async () => {
    if (!(await attempt(() => setPolicy(draft)))) return;
    setDraft({});
    toast({ text: t("me.saved"), tone: "plain" });
  };
  return (
    <section className={css.section} aria-labelledby="policy">
      <h2 className="t-label" id="policy">
        {t("rule.title")}
      </h2>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Switch
          label={t("host.open")}
          checked={now.open}
          onChange={(event) => change({ open: event.currentTarget.checked })}
        />
        <fieldset className={css.kinds}>
          <legend className="t-label">{t("host.order")}</legend>
          {KINDS.map((kind) => (
            <label key={kind} className={css.kind}>
              <input
                type="radio"
                name="kind"
                checked={now.kind === kind}
                onChange={() => change({ kind })}
              />
              <span>
                <b>{t(`rule.${kind}.name`)}</b>
                <span className="t-2">{t(`rule.${kind}.how`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className={css.fields}>
          <Limit
            label={t("host.maxWaiting")}
            value={now.max_waiting}
            onChange={(max_waiting) => change({ max_waiting })}
          />
          <Limit
            label={t("host.cooldown")}
            value={Math.round(now.cooldown_s / 60)}
            onChange={(minutes) => change({ cooldown_s: (minutes ?? 0) * 60 })}
          />
          <Limit
            label={t("host.maxLength")}
            value={now.max_track_s === null ? null : Math.round(now.max_track_s / 60)}
            onChange={(minutes) => change({ max_track_s: minutes === null ? null : minutes * 60 })}
          />
          <Limit
            label={t("host.skipShare")}
            value={Math.round(now.skip_share * 100)}
            onChange={(percent) => change({ skip_share: (percent ?? 50) / 100 })}
          />
        </div>
        <Switch
          label={t("host.duplicates")}
          checked={now.duplicates}
          onChange={(event) => change({ duplicates: event.currentTarget.checked })}
        />
        <div>
          <Button
            look="main"
            type="submit"
            refusal={Object.keys(draft).length === 0 ? t("host.unchanged") : undefined}
          >
            {t("save")}
          </Button>
        </div>
      </form>
    </section>
  );
}

interface LimitProps {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
}

/** A whole number, or nothing for no limit. */
function Limit({ label, value, onChange }: LimitProps) {
  return (
    <NumberInput
      label={label}
      value={value ?? ""}
      min={0}
      allowDecimal={false}
      hideControls
      onChange={(next) => onChange(next === "" ? null : Number(next))}
    />
  );
}
