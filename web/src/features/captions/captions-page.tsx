import { useTranslation } from "react-i18next";
import { Empty } from "@/components/empty.tsx";
import { IconSubtitles } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";

export function CaptionsPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.captions")}>
      <Empty
        icon={<IconSubtitles size={32} stroke={1.5} aria-hidden="true" />}
        text={t("captions.nothing")}
      />
    </Page>
  );
}
