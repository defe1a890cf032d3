import { useTranslation } from "react-i18next";
import { useIsAtLeast } from "@/api/hooks.ts";
import { IconButton, IconLink } from "@/components/button.tsx";
import { IconDeviceTv } from "@/components/icons.ts";

/** The screen for everybody, in a window of its own: it is dragged to the projector. */
export function ToWall() {
  const { t } = useTranslation();
  const isHost = useIsAtLeast("host");
  const icon = <IconDeviceTv size={20} stroke={1.75} aria-hidden="true" />;
  if (!isHost) {
    return (
      <IconButton label={t("now.toWall")} refusal={t("now.hostsMayControl")}>
        {icon}
      </IconButton>
    );
  }
  return (
    <IconLink label={t("now.toWall")} href="/wall" target="_blank" rel="noopener">
      {icon}
    </IconLink>
  );
}
