import { useTranslation } from "react-i18next";
import { openWall } from "@/lib/wall-links.ts";
import { Button } from "./button.tsx";
import { IconDeviceTv } from "./icons.ts";

/** Opens the links for screens. */
export function WallButton() {
  const { t } = useTranslation();
  return (
    <Button icon={<IconDeviceTv size={20} stroke={1.75} aria-hidden="true" />} onClick={openWall}>
      {t("wall.links.title")}
    </Button>
  );
}
