import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetGuests } from "@/api/admin.ts";
import { Button } from "@/components/button.tsx";
import { toast } from "@/lib/toasts.ts";
import { Ask } from "./ask.tsx";
import { useRefusal } from "./refusal.ts";

/** Forgets guests who left more than a day ago. */
export function ForgetGuests({ gone }: { gone: number }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const refusal = useRefusal();
  const [asking, setAsking] = useState(false);
  const forget = async () => {
    const count = await forgetGuests();
    toast({ text: t("admin.guests.forgotten", { count }), tone: "plain" });
    void queries.invalidateQueries({ queryKey: ["admin"] });
  };
  return (
    <>
      <Button
        size="small"
        refusal={refusal ?? (gone === 0 ? t("admin.guests.nobodyGone") : undefined)}
        onClick={() => setAsking(true)}
      >
        {t("admin.guests.forget", { count: gone })}
      </Button>
      {asking && (
        <Ask
          title={t("admin.guests.title", { count: gone })}
          text={t("admin.guests.text")}
          act={t("admin.guests.act")}
          onAct={forget}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
