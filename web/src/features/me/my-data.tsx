import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { serverNow } from "@/api/clock.ts";
import { useRoom } from "@/api/hooks.ts";
import { myData } from "@/api/my-data.ts";
import type { User } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { IconDownload } from "@/components/icons.ts";
import css from "./me.module.css";

/** All that is kept of a person, as one file of theirs. */
export function MyData({ user }: { user: User }) {
  const { t } = useTranslation();
  const room = useRoom()?.room.name ?? "";
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    await attempt(() => save(user, { room, times: t("me.dataTimes"), ids: t("me.dataIds") }));
    setBusy(false);
  };
  return (
    <section className={css.group} aria-labelledby="data">
      <h2 className="t-label" id="data">
        {t("me.data")}
      </h2>
      <p className="t-2">{t("me.dataHelp")}</p>
      <div>
        <Button
          busy={busy}
          icon={<IconDownload size={16} stroke={2} aria-hidden="true" />}
          onClick={() => void download()}
        >
          {t("me.dataDownload")}
        </Button>
      </div>
    </section>
  );
}

async function save(user: User, notes: Record<string, string>): Promise<void> {
  const made_at = new Date(serverNow()).toISOString();
  const pieces: Blob[] = [];
  let text = "";
  for await (const piece of myData({ made_at, from: location.origin, ...notes })) {
    text += piece;
    // A blob may lie on the disk, a string may not.
    if (text.length > 1_000_000) {
      pieces.push(new Blob([text]));
      text = "";
    }
  }
  const file = new Blob([...pieces, text], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `backline-${user.username ?? "guest"}-${made_at.slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}
