import { Menu } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt, sentenceOf } from "@/api/attempt.ts";
import { type Outputs, outputs, playTestTone, setCrossfade, setOutput } from "@/api/host.ts";
import type { RoomDocument } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import {
  IconCheck,
  IconChevronDown,
  IconDeviceSpeaker,
  IconDeviceSpeakerOff,
} from "@/components/icons.ts";
import { Volume } from "@/components/volume.tsx";
import css from "./host.module.css";
import sound from "./sound.module.css";

const CROSSFADES_S = [0, 2, 4, 6, 8, 12];
const LOOK_EVERY_MS = 15_000;

/** Where the sound goes, how loud, how songs join, and a tone to try it. */
export function SoundPanel({
  room,
  chooser,
}: {
  room: RoomDocument;
  chooser: Ref<HTMLButtonElement>;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { output, muted, volume, state } = room.playback;
  const found = useQuery({
    // The room tells that the output has changed; what there is to choose is the player's.
    queryKey: ["outputs", output.device, output.audible],
    queryFn: outputs,
    placeholderData: (before) => before,
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });
  const [said, setSaid] = useState<string | null>(null);
  const Icon = output.audible ? IconDeviceSpeaker : IconDeviceSpeakerOff;
  const again = () => client.invalidateQueries({ queryKey: ["outputs"] });
  const choose = async (device: string) => {
    setSaid(null);
    if (await attempt(() => setOutput(device))) await again();
  };
  const overlap = async (seconds: number) => {
    if (await attempt(() => setCrossfade(seconds))) await again();
  };
  const tryIt = async () => {
    setSaid(null);
    try {
      const tone = await playTestTone();
      setSaid(
        tone.silent_because === null
          ? t("host.toneSounds", { device: tone.output })
          : t(`host.unheard.${tone.silent_because}`),
      );
    } catch (error) {
      setSaid(sentenceOf(error));
    }
  };
  const silence = found.data?.silent_because;
  return (
    <section className={css.panel} aria-labelledby="sound">
      <div className={css.head}>
        <h2 id="sound">{t("host.sound")}</h2>
        <span className={`line tight t-2 grow ${output.audible ? "" : "wrong"}`}>
          {!output.audible && <Icon size={16} stroke={2} aria-hidden="true" />}
          <span className="one">
            {output.audible
              ? muted
                ? t("host.unheard.muted")
                : ""
              : t(`host.unheard.${silence ?? "no_output"}`)}
          </span>
        </span>
        <Button
          refusal={state === "playing" ? t("host.toneInSilence") : undefined}
          onClick={() => void tryIt()}
        >
          {t("host.tone")}
        </Button>
      </div>
      <div className={sound.volume}>
        <Volume playback={room.playback} className={sound.slider} />
        <span className="t-2 fig">
          {t("percent", { percent: muted ? 0 : Math.round(volume * 100) })}
        </span>
      </div>
      <div className={sound.choices}>
        <OutputChoice outputs={found.data} device={output.device} onChoose={choose} ref={chooser} />
        <Crossfade outputs={found.data} onChoose={overlap} />
      </div>
      <p className={`t-2 ${sound.said}`} role="status">
        {said ?? (found.error === null ? "" : sentenceOf(found.error))}
      </p>
    </section>
  );
}

interface OutputChoiceProps {
  outputs: Outputs | undefined;
  device: string;
  onChoose: (device: string) => Promise<void>;
  ref: Ref<HTMLButtonElement>;
}

function OutputChoice({ outputs: known, device, onChoose, ref }: OutputChoiceProps) {
  const { t } = useTranslation();
  const chosen = known?.devices.find((one) => one.chosen);
  return (
    <Menu position="bottom-start" width={300}>
      <Menu.Target>
        <button type="button" ref={ref} className={`${css.chip} ${sound.output}`}>
          <span className="vh">{t("host.output")}: </span>
          <span className="one">{chosen?.name ?? (device || t("host.output"))}</span>
          <IconChevronDown size={16} stroke={2} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("host.output")}>
        {(known?.devices ?? []).map((one) => (
          <Menu.Item
            key={one.id}
            leftSection={
              one.chosen ? (
                <IconCheck size={20} stroke={1.75} aria-hidden="true" />
              ) : (
                <span className={sound.gap} />
              )
            }
            aria-current={one.chosen || undefined}
            onClick={() => void onChoose(one.id)}
          >
            {one.name}
            {!one.audible && <span className="t-3"> {t("host.nobodyHears")}</span>}
          </Menu.Item>
        ))}
        {known === undefined && <Menu.Label>{t("host.noOutputs")}</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  );
}

interface CrossfadeProps {
  outputs: Outputs | undefined;
  onChoose: (seconds: number) => Promise<void>;
}

function Crossfade({ outputs: known, onChoose }: CrossfadeProps) {
  const { t } = useTranslation();
  const now = known?.crossfade_s ?? 0;
  const words = (seconds: number) =>
    seconds === 0 ? t("host.gapless") : t("host.overlap", { count: seconds });
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <button type="button" className={css.chip} aria-disabled={known === undefined || undefined}>
          {words(now)}
          <IconChevronDown size={16} stroke={2} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("host.crossfade")}>
        <Menu.Label>{t("host.crossfadeHelp")}</Menu.Label>
        {CROSSFADES_S.filter((seconds) => seconds <= (known?.longest_crossfade_s ?? 0)).map(
          (seconds) => (
            <Menu.Item
              key={seconds}
              aria-current={seconds === now || undefined}
              leftSection={
                seconds === now ? (
                  <IconCheck size={20} stroke={1.75} aria-hidden="true" />
                ) : (
                  <span className={sound.gap} />
                )
              }
              onClick={() => void onChoose(seconds)}
            >
              {words(seconds)}
            </Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
