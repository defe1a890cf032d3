import { useTranslation } from "react-i18next";
import { Confirm, type ConfirmProps } from "@/components/confirm.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import { useRefusal } from "./refusal.ts";

/** Asks an admin before something that cannot be undone; who is none any more is told so there. */
export function Ask(props: Omit<ConfirmProps, "keep" | "refusal" | "children">) {
  const { t } = useTranslation();
  return (
    <Confirm {...props} keep={t("admin.keep")} refusal={useRefusal()}>
      <NoLonger needs="admin" />
    </Confirm>
  );
}
