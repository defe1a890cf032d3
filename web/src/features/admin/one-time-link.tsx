import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { OneTimeLink as Link } from "@/api/admin.ts";
import { Button } from "@/components/button.tsx";
import { IconCopy } from "@/components/icons.ts";
import { momentOf } from "@/lib/format.ts";
import { toast } from "@/lib/toasts.ts";
import css from "./panel.module.css";

/** A link by which somebody chooses a password; shown this once. */
export function OneTimeLink({ link, name }: { link: Link; name: string }) {
  const { t, i18n } = useTranslation();
  const address = location.origin + link.path;
  return (
    <div className={css.link} role="status">
      <div className={css.linkRow}>
        <TextInput
          aria-label={t("admin.link.label", { name })}
          value={address}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button
          icon={<IconCopy size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void copy(address).then(() => toast({ text: t("copied"), tone: "plain" }))}
        >
          {t("copy")}
        </Button>
      </div>
      <p className="t-2">
        {t("admin.link.until", { name, time: momentOf(link.expires_at, i18n.language) })}
      </p>
    </div>
  );
}

/** The clipboard exists on secure origins only; elsewhere a selection is copied as ever. */
export async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
