import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import { outputs, playTestTone, setOutput, type ToneAnswer } from "@/api/host.ts";
import { Button } from "@/components/button.tsx";
import { IconVolume } from "@/components/icons.ts";
import css from "./first-steps.module.css";
import { Step } from "./step.tsx";

/** Where the sound goes, and a tone to hear it by. */
export function SoundStep({ playing }: { playing: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [tone, setTone] = useState<ToneAnswer | null>(null);
  const [busy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["outputs"],
    queryFn: outputs,
    refetchInterval: 5_000,
  });
  const change = async (action: () => Promise<unknown>) => {
    setBusy(true);
    await attempt(action);
    await client.invalidateQueries({ queryKey: ["outputs"] });
    setBusy(false);
  };
  const chosen = data?.devices.find((device) => device.chosen);
  const done = data?.audible ? t("welcome.sound.goes", { output: chosen?.name }) : undefined;
  return (
    <Step number={3} title={t("welcome.sound.title")} done={done}>
      {error !== null && data === undefined && (
        <div className={css.acts}>
          <p className="t-2">{sentenceOf(error)}</p>
          <Button onClick={() => void refetch()}>{t("again")}</Button>
        </div>
      )}
      {data !== undefined && (
        <>
          {data.silent_because !== null && (
            <p className="t-2">{t(`welcome.sound.${data.silent_because}`)}</p>
          )}
          {data.devices.length > 1 && (
            <fieldset className={css.outputs}>
              <legend className="t-label">{t("welcome.sound.output")}</legend>
              {data.devices.map((device) => (
                <label key={device.id} className={css.output}>
                  <input
                    type="radio"
                    name="output"
                    checked={device.chosen}
                    onChange={() => void change(() => setOutput(device.id))}
                  />
                  <span>{device.id === "null" ? t("welcome.sound.none") : device.name}</span>
                </label>
              ))}
            </fieldset>
          )}
          <div className={css.acts}>
            <Button
              icon={<IconVolume size={20} stroke={1.75} aria-hidden="true" />}
              busy={busy}
              refusal={playing ? t("welcome.sound.playing") : undefined}
              onClick={() => void change(async () => setTone(await playTestTone()))}
            >
              {t("welcome.sound.tone")}
            </Button>
            <p className="t-2" role="status">
              {tone !== null &&
                (tone.audible
                  ? t("welcome.sound.sent", { output: tone.output })
                  : t("welcome.sound.sentSilent"))}
            </p>
          </div>
        </>
      )}
    </Step>
  );
}
