import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { setRoom } from "@/api/playback.ts";
import type { RoomDocument } from "@/api/types.ts";
import { Button } from "@/components/button.tsx";
import css from "./first-steps.module.css";
import { Step } from "./step.tsx";

interface Props {
  room: RoomDocument["room"];
  named: boolean;
  onDone: () => void;
}

/** What the room is called, and a line below it. */
export function NameStep({ room, named, onDone }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [tagline, setTagline] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    if (await attempt(() => setRoom({ name: name.trim(), tagline: tagline.trim() }))) onDone();
    setBusy(false);
  };
  const called = [room.name, room.tagline].filter(Boolean).join(", ");
  return (
    <Step number={1} title={t("welcome.name.title")} done={named ? called : undefined}>
      {!named && (
        <form
          className={css.body}
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== "" && !busy) void save();
          }}
        >
          <p className="t-2">{t("welcome.name.help")}</p>
          <div className={css.fields}>
            <TextInput
              label={t("welcome.name.name")}
              value={name}
              maxLength={80}
              placeholder={t("welcome.name.nameExample")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TextInput
              label={t("welcome.name.tagline")}
              value={tagline}
              maxLength={160}
              placeholder={t("welcome.name.taglineExample")}
              onChange={(event) => setTagline(event.currentTarget.value)}
            />
          </div>
          <div className={css.acts}>
            <Button
              type="submit"
              look="main"
              busy={busy}
              refusal={name.trim() === "" ? t("welcome.name.missing") : undefined}
            >
              {t("save")}
            </Button>
          </div>
        </form>
      )}
    </Step>
  );
}
