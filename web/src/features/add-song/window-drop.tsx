import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconUpload } from "@/components/icons.ts";
import css from "./own-files.module.css";

/** Files may be let go anywhere over the page. */
export function WindowDrop() {
  const { t } = useTranslation();
  const over = useFilesOver();
  if (!over) return null;
  return (
    <div className={css.over} aria-hidden="true">
      <div>
        <IconUpload size={32} stroke={1.75} />
        <p className="t-title">{t("add.drop")}</p>
        <p className="t-2">{t("add.dropHelp")}</p>
      </div>
    </div>
  );
}

/** Whether files hang over the page; those that are let go are sent, and the sheet opens. */
function useFilesOver(): boolean {
  const navigate = useNavigate();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // Without this the browser would open the file in place of the page.
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = async (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      void navigate({ to: "/", search: (before) => ({ ...before, add: true as const }) });
      const { uploadQueue } = await import("./upload-queue.ts");
      uploadQueue.addFiles(files);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [navigate]);
  return over;
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
