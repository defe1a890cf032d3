import { Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { sentenceOf } from "@/api/attempt.ts";
import { serverNow } from "@/api/clock.ts";
import { announce, changeAct } from "@/api/host-lineup.ts";
import { Problem } from "@/api/problem.ts";
import { Button } from "@/components/button.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import { Sheet } from "@/components/sheet.tsx";
import { nextAt, timeOfDay } from "@/lib/clock-times.ts";
import { type Draft, draftOf, factsOf, LENGTHS } from "./act-form.ts";
import css from "./host-lineup.module.css";

interface Props {
  /** Which one to change; null for a new one. */
  act: Act | null;
  onClose: () => void;
}

/** What an act is called, and when it is open for scores. */
export function ActSheet({ act, onClose }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(act, serverNow()));
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const problem = refusal instanceof Problem ? refusal : null;
  const isTold = problem !== null && problem.fields.length > 0;
  const title = act === null ? t("hostLineup.new") : t("hostLineup.edit");
  const isTimed = draft.minutes !== null || nextAt(draft.closes, serverNow()) !== null;
  const missing =
    draft.title.trim() === ""
      ? t("hostLineup.nameFirst")
      : isTimed
        ? undefined
        : t("hostLineup.timeFirst");
  const save = async () => {
    setBusy(true);
    setRefusal(null);
    try {
      const facts = factsOf(draft, act, serverNow());
      const { title: name = "", deadline = "" } = facts;
      if (act === null) await announce({ ...facts, title: name, deadline });
      else if (Object.keys(facts).length > 0) await changeAct(act.id, facts);
      onClose();
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet label={title} onClose={onClose}>
      <form
        className={css.sheet}
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === undefined) void save();
        }}
      >
        <NoLonger needs="host" />
        <h2 className="t-title">{title}</h2>
        <TextInput
          label={t("hostLineup.name")}
          value={draft.title}
          maxLength={120}
          required
          withAsterisk={false}
          data-autofocus
          error={problem?.field("title")}
          onChange={(event) => setDraft({ ...draft, title: event.currentTarget.value })}
        />
        <Textarea
          label={t("hostLineup.description")}
          value={draft.description}
          maxLength={2_000}
          rows={2}
          error={problem?.field("description")}
          onChange={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
        />
        <Times
          draft={draft}
          mayOpen={act === null || Date.parse(act.opens_at) > serverNow()}
          error={problem?.field("deadline") ?? problem?.field("opens_at")}
          onChange={setDraft}
        />
        {refusal !== null && !isTold && (
          <p className="wrong" role="alert">
            {sentenceOf(refusal)}
          </p>
        )}
        <div className={css.foot}>
          <Button look="main" type="submit" busy={busy} refusal={missing}>
            {act === null ? t("hostLineup.announce") : t("save")}
          </Button>
          <Button onClick={onClose}>{t("close")}</Button>
        </div>
      </form>
    </Sheet>
  );
}

interface TimesProps {
  draft: Draft;
  /** It has not opened yet. */
  mayOpen: boolean;
  error: string | undefined;
  onChange: (draft: Draft) => void;
}

function Times({ draft, mayOpen, error, onChange }: TimesProps) {
  const { t } = useTranslation();
  const { opens, minutes, closes } = draft;
  const startAt = (at: string) => onChange({ ...draft, opens: at });
  return (
    <>
      {mayOpen && (
        <fieldset className={css.group}>
          <legend className="t-label">{t("hostLineup.opens")}</legend>
          <div className={css.chips}>
            <Chip isOn={opens === ""} onPick={() => startAt("")}>
              {t("hostLineup.atOnce")}
            </Chip>
            <TextInput
              type="time"
              className={css.time}
              aria-label={t("hostLineup.opensAt")}
              value={opens}
              onChange={(event) => startAt(event.currentTarget.value)}
            />
          </div>
        </fieldset>
      )}
      <fieldset className={css.group}>
        <legend className="t-label">
          {opens === "" ? t("hostLineup.closesIn") : t("hostLineup.closesAfter")}
        </legend>
        <div className={css.chips}>
          {LENGTHS.map((length) => (
            <Chip
              key={length}
              isOn={minutes === length}
              onPick={() => onChange({ ...draft, minutes: length })}
            >
              {t("hostLineup.minutes", { count: length })}
            </Chip>
          ))}
          <TextInput
            type="time"
            className={css.time}
            aria-label={t("hostLineup.closesAt")}
            value={minutes === null ? closes : timeOfDay(endOf(draft))}
            data-soft={minutes !== null || undefined}
            onChange={(event) =>
              onChange({ ...draft, minutes: null, closes: event.currentTarget.value })
            }
          />
        </div>
        {error !== undefined && (
          <p className="wrong" role="alert">
            {error}
          </p>
        )}
      </fieldset>
    </>
  );
}

/** When it would close, if it were saved now. */
function endOf(draft: Draft): number {
  const { deadline } = factsOf(draft, null, serverNow());
  return deadline === undefined ? serverNow() : Date.parse(deadline);
}

interface ChipProps {
  isOn: boolean;
  onPick: () => void;
  children: string;
}

const Chip = ({ isOn, onPick, children }: ChipProps) => (
  <button type="button" className={css.chip} aria-pressed={isOn} onClick={onPick}>
    {children}
  </button>
);
