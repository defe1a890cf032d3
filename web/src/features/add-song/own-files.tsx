import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconUpload } from "@/components/icons.ts";
import { useStore } from "@/lib/store.ts";
import css from "./add-sheet.module.css";
import { OwnFileRow } from "./own-file-row.tsx";
import { uploadQueue } from "./upload-queue.ts";

const ACCEPTED = "audio/*,.mp3,.flac,.wav,.ogg,.oga,.opus,.aiff,.aif";
const LARGEST_MB = 200;

/** A place for files, dropped or chosen, and how far each has come. */
export function OwnFiles() {
  const { t } = useTranslation();
  const files = useStore(uploadQueue.files);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section aria-label={t("add.ownFiles")}>
      <h3 className={`t-label ${css.part}`}>{t("add.ownFiles")}</h3>
      <label
        className={css.drop}
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          uploadQueue.addFiles(event.dataTransfer.files);
        }}
      >
        <IconUpload size={20} stroke={1.75} aria-hidden="true" />
        <span>
          <b>{t("add.choose")}</b>
          <span>{t("add.formats", { megabytes: LARGEST_MB })}</span>
        </span>
        <input
          ref={input}
          className="vh"
          type="file"
          multiple
          accept={ACCEPTED}
          onChange={(event) => {
            uploadQueue.addFiles(event.target.files ?? []);
            event.target.value = "";
          }}
        />
      </label>
      <ul>
        {files.map((own) => (
          <OwnFileRow key={own.id} own={own} />
        ))}
      </ul>
    </section>
  );
}
