import { useTranslation } from "react-i18next";
import { Empty } from "@/components/empty.tsx";
import { IconChecklist } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";

export function TasksPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.tasks")}>
      <Empty
        icon={<IconChecklist size={32} stroke={1.5} aria-hidden="true" />}
        text={t("tasks.nothing")}
      />
    </Page>
  );
}
