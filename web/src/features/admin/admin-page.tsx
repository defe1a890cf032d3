import { useTranslation } from "react-i18next";
import { Empty } from "@/components/empty.tsx";
import { IconShieldLock } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";

export function AdminPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.admin")}>
      <Empty
        icon={<IconShieldLock size={32} stroke={1.5} aria-hidden="true" />}
        text={t("admin.nothing")}
      />
    </Page>
  );
}
