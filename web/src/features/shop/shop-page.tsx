import { useTranslation } from "react-i18next";
import { Empty } from "@/components/empty.tsx";
import { IconShoppingBag } from "@/components/icons.ts";
import { Page } from "@/components/page.tsx";

export function ShopPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("places.shop")}>
      <Empty
        icon={<IconShoppingBag size={32} stroke={1.5} aria-hidden="true" />}
        text={t("shop.nothing")}
      />
    </Page>
  );
}
