import { Modal, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import * as tracks from "@/api/tracks.ts";
import type { Track } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import { toast } from "@/lib/toasts.ts";
import css from "./me.module.css";

interface Props {
  track: Track;
  onClose: (isChanged: boolean) => void;
}

const FIELDS = ["title", "artist", "album"] as const;

/** As many characters as are kept. */
const LONGEST_TEXT = 300;

/** Corrects what a song is called. */
export function EditSong({ track, onClose }: Props) {
  const { t } = useTranslation();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const [title = "", artist = "", album = ""] = FIELDS.map((name) => String(values.get(name)));
    setBusy(true);
    try {
      await tracks.correct(track.id, { title, artist, album });
      toast({ text: t("me.saved"), tone: "plain" });
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
      title={<span className="t-title">{t("me.correctTitle")}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <form className={css.form} onSubmit={(event) => void save(event)}>
        {FIELDS.map((name) => (
          <TextInput
            key={name}
            name={name}
            label={t(`me.fields.${name}`)}
            defaultValue={track[name]}
            required={name === "title"}
            withAsterisk={false}
            maxLength={LONGEST_TEXT}
            autoComplete="off"
            dir="auto"
            error={name === "title" ? refusal : null}
            {...(name === "title" ? { "data-autofocus": true } : {})}
          />
        ))}
        <Button look="main" size="tall" wide type="submit" busy={busy}>
          {t("save")}
        </Button>
      </form>
    </Modal>
  );
}
