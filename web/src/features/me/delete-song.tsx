import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import css from "./me.module.css";

interface Props {
  track: Track;
  onClose: (isChanged: boolean) => void;
}

/** Asks first: a file that is gone can only be sent again. */
export function DeleteSong({ track, onClose }: Props) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await tracks.remove(track.id);
      onClose(true);
    } catch (error) {
      setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      centered
      size="sm"
      title={<span className="t-title">{t("me.deleteTitle")}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.form}>
        <p className={css.clamp}>{t("me.deleteHelp", { title: track.title })}</p>
        <div role="alert">{refusal !== null && <p className="wrong">{refusal}</p>}</div>
        <div className={css.choice}>
          <Button onClick={() => onClose(false)}>{t("me.keep")}</Button>
          <Button look="danger" busy={busy} onClick={() => void remove()}>
            {t("me.deleteDo")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
