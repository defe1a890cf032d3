import { useTranslation } from "react-i18next";
import { IconShoppingBag } from "@/components/icons.ts";
import { Later } from "@/components/later.tsx";

export function ShopPage() {
  const { t } = useTranslation();
  return (
    <Later
      title={t("places.shop")}
      icon={<IconShoppingBag size={32} stroke={1.5} aria-hidden="true" />}
      text={t("shop.nothing")}
      forHosts={t("shop.later")}
    />
  );
}
