import { useTranslation } from "react-i18next";
import { whyFailed } from "@/api/causes.ts";
import type { QueueItem } from "@/api/types.ts";
import { toast } from "@/lib/toasts.ts";
import { Button } from "./button.tsx";

interface Props {
  item: QueueItem;
  short?: boolean;
}

/** A failed song of somebody else: a sentence to send them; browsers cannot send it for us. */
export function AskForNewFile({ item, short = false }: Props) {
  const { t } = useTranslation();
  const name = item.added_by.display_name;
  const ask = async () => {
    const words = t("row.askWords", { title: item.track.title, reason: whyFailed(item).text });
    try {
      await navigator.clipboard.writeText(words);
      toast({ text: t("row.askCopied", { name }), tone: "plain" });
    } catch {
      toast({ text: words, tone: "plain" }, 20_000);
    }
  };
  return (
    <Button
      look="outline"
      size="small"
      aria-label={t("row.ask", { name })}
      onClick={() => void ask()}
    >
      {short ? t("row.askShort", { name }) : t("row.ask", { name })}
    </Button>
  );
}
