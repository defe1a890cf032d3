import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Act } from "@/api/acts.ts";
import { closeAct } from "@/api/host-lineup.ts";
import { Button } from "./button.tsx";
import { Confirm } from "./confirm.tsx";

/** Closes an act before its time, after a question: that cannot be taken back. */
export function CloseAct({ act }: { act: Act }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t("hostLineup.closeNow")}</Button>
      {asking && (
        <Confirm
          title={t("hostLineup.closeTitle", { title: act.title })}
          text={t("hostLineup.closeHow")}
          act={t("hostLineup.closeNow")}
          keep={t("hostLineup.keepOpen")}
          onAct={() => closeAct(act.id)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
