import { Popover } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { IconDeviceSpeaker, IconDeviceSpeakerOff } from "@/components/icons.ts";

/** Where the sound comes from; said plainly when it comes from nowhere. */
export function Output({ playback }: { playback: Playback | undefined }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const output = playback?.output;
  const audible = output?.audible ?? true;
  const Icon = audible ? IconDeviceSpeaker : IconDeviceSpeakerOff;
  const name = audible
    ? t("now.soundFrom", { device: output?.device ?? "" })
    : t("now.silentOutput");
  return (
    <Popover opened={open} onChange={setOpen} width={280} position="top-end" trapFocus>
      <Popover.Target>
        <IconButton label={name} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("now.output")}>
        <p className="strong">{name}</p>
        {!audible && <p className="t-2">{t("now.silentOutputHelp")}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}
