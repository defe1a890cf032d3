import { useTranslation } from "react-i18next";
import { IconSubtitles } from "@/components/icons.ts";
import { Later } from "@/components/later.tsx";

export function CaptionsPage() {
  const { t } = useTranslation();
  return (
    <Later
      title={t("places.captions")}
      icon={<IconSubtitles size={32} stroke={1.5} aria-hidden="true" />}
      text={t("captions.nothing")}
      forHosts={t("captions.later")}
    />
  );
}
