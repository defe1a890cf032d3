import { useTranslation } from "react-i18next";
import { Empty } from "@/components/empty.tsx";
import { IconStar } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";

export function LineupPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.lineup")}>
      <Empty
        icon={<IconStar size={32} stroke={1.5} aria-hidden="true" />}
        text={t("lineup.nothing")}
      />
    </Page>
  );
}
