import { NumberInput, Switch } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useRoom } from "@/api/hooks.ts";
import { changeRule } from "@/api/host.ts";
import type { Policy, PolicyKind } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import { Sheet } from "@/components/sheet.tsx";
import css from "./sheets.module.css";

const KINDS: readonly PolicyKind[] = ["fair_turns", "fair_seconds", "votes", "fifo"];

/** Whole evenings in a word: each sets several things at once. */
const PRESETS: Record<"stage" | "party" | "bar", Partial<Policy>> = {
  stage: { kind: "fair_turns", max_waiting: 3, cooldown_s: 3_600, skip_share: 0.5 },
  party: { kind: "votes", max_waiting: 5, cooldown_s: 3_600, skip_share: 0.3 },
  bar: { kind: "fifo", max_waiting: null, cooldown_s: 1_800, skip_share: 0.5 },
};

const save = (part: Partial<Policy>) => void attempt(() => changeRule(part));

/** All of the rule. What is set here holds at once, and is put back if the room refuses it. */
export function RulesSheet({ policy: given, onClose }: { policy: Policy; onClose: () => void }) {
  const { t } = useTranslation();
  const policy = useRoom()?.policy ?? given;
  return (
    <Sheet label={t("rule.title")} onClose={onClose}>
      <div className={css.sheet}>
        <NoLonger needs="host" />
        <div className={css.head}>
          <div className="grow">
            <h2 className="t-title">{t("rule.title")}</h2>
            <p className="t-2">{t("host.holdsAtOnce")}</p>
          </div>
          <Button onClick={onClose}>{t("close")}</Button>
        </div>
        <Presets policy={policy} />
        <Kinds policy={policy} />
        <Limits policy={policy} />
      </div>
    </Sheet>
  );
}

function Presets({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  return (
    <fieldset className={css.group}>
      <legend className="t-label">{t("host.presets")}</legend>
      <div className={css.presets}>
        {(["stage", "party", "bar"] as const).map((name) => {
          const preset = PRESETS[name];
          const holds = Object.entries(preset).every(
            ([field, value]) => policy[field as keyof Policy] === value,
          );
          return (
            <button
              key={name}
              type="button"
              className={css.preset}
              aria-pressed={holds}
              onClick={() => save(preset)}
            >
              <b>{t(`host.preset.${name}.name`)}</b>
              <span className="t-2">{t(`host.preset.${name}.how`)}</span>
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}

function Kinds({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  return (
    <fieldset className={css.group}>
      <legend className="t-label">{t("host.order")}</legend>
      <div className={css.kinds}>
        {KINDS.map((kind) => (
          <label key={kind} className={css.kind}>
            <input
              type="radio"
              name="kind"
              checked={policy.kind === kind}
              onChange={() => save({ kind })}
            />
            <span>
              <b>{t(`rule.${kind}.name`)}</b>
              <span className="t-2">{t(`rule.${kind}.how`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Limits({ policy }: { policy: Policy }) {
  const { t } = useTranslation();
  const minutes = (seconds: number | null) => (seconds === null ? null : Math.round(seconds / 60));
  const perVote = Math.round(policy.vote_credit * 100) / 100;
  return (
    <fieldset className={css.group}>
      <legend className="t-label">{t("host.limits")}</legend>
      <div className={css.switches}>
        <Switch
          label={t("host.open")}
          description={t("host.openHelp")}
          checked={policy.open}
          onChange={(event) => save({ open: event.currentTarget.checked })}
        />
        <Switch
          label={t("host.duplicates")}
          description={t("host.duplicatesHelp")}
          checked={policy.duplicates}
          onChange={(event) => save({ duplicates: event.currentTarget.checked })}
        />
      </div>
      <div className={css.numbers}>
        <Limit
          name="maxWaiting"
          value={policy.max_waiting}
          most={1_000}
          onSave={(max_waiting) => save({ max_waiting })}
        />
        <Limit
          name="maxItems"
          value={policy.max_items}
          most={5_000}
          onSave={(value) => value !== null && save({ max_items: value })}
        />
        <Limit
          name="maxLength"
          value={minutes(policy.max_track_s)}
          most={1_440}
          onSave={(value) => save({ max_track_s: value === null ? null : value * 60 })}
        />
        <Limit
          name="cooldown"
          value={minutes(policy.cooldown_s)}
          least={0}
          most={10_080}
          onSave={(value) => save({ cooldown_s: (value ?? 0) * 60 })}
        />
        <Limit
          name="artistLimit"
          value={policy.artist_limit}
          most={100}
          onSave={(artist_limit) => save({ artist_limit })}
        />
        <Limit
          name="skipShare"
          value={Math.round(policy.skip_share * 100)}
          most={100}
          onSave={(value) => value !== null && save({ skip_share: value / 100 })}
        />
        <Limit
          name="voteCredit"
          value={perVote}
          least={0}
          most={10}
          decimals
          onSave={(value) => value !== null && save({ vote_credit: value })}
        />
        <Limit
          name="memory"
          value={Math.round(policy.memory_s / 3_600)}
          least={0}
          most={168}
          onSave={(value) => value !== null && save({ memory_s: value * 3_600 })}
        />
      </div>
    </fieldset>
  );
}

interface LimitProps {
  name:
    | "maxWaiting"
    | "maxItems"
    | "maxLength"
    | "cooldown"
    | "artistLimit"
    | "skipShare"
    | "voteCredit"
    | "memory";
  value: number | null;
  least?: number;
  most: number;
  decimals?: boolean;
  onSave: (value: number | null) => void;
}

/** A number that is saved when one leaves it or presses Enter; empty is no limit. */
function Limit({ name, value, least = 1, most, decimals = false, onSave }: LimitProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<number | string | null>(null);
  const commit = () => {
    if (typed === null) return;
    const wanted = typed === "" ? null : Number(typed);
    setTyped(null);
    if (wanted !== value) onSave(wanted);
  };
  return (
    <NumberInput
      label={t(`host.limit.${name}.label`)}
      description={t(`host.limit.${name}.help`)}
      value={typed ?? value ?? ""}
      min={least}
      max={most}
      clampBehavior="blur"
      allowDecimal={decimals}
      hideControls
      placeholder={t("host.noLimit")}
      onChange={setTyped}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit();
      }}
    />
  );
}
