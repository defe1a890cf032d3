import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { Disclosure } from "@/components/disclosure.tsx";
import { IconDeviceSpeaker, IconDeviceSpeakerOff } from "@/components/icons.ts";

/** Where the sound comes from; said plainly when it comes from nowhere. */
export function Output({ playback }: { playback: Playback | undefined }) {
  const { t } = useTranslation();
  const output = playback?.output;
  const audible = output?.audible ?? true;
  const Icon = audible ? IconDeviceSpeaker : IconDeviceSpeakerOff;
  const name = audible
    ? t("now.soundFrom", { device: output?.device ?? "" })
    : t("now.silentOutput");
  return (
    <Disclosure
      label={t("now.output")}
      width={280}
      position="top-end"
      control={(given) => (
        <IconButton label={name} {...given}>
          <Icon size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    >
      <p className="strong">{name}</p>
      {!audible && <p className="t-2">{t("now.silentOutputHelp")}</p>}
    </Disclosure>
  );
}
