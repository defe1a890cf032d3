import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { sentenceOf } from "@/api/attempt.ts";
import { useIsAtLeast } from "@/api/hooks.ts";
import { IconUpload } from "@/components/icons.ts";
import { useStore } from "@/lib/store.ts";
import { useIsPhone } from "@/lib/use-is-phone.ts";
import css from "./add-sheet.module.css";
import { type OwnFile, ownFiles } from "./own-file.ts";
import { OwnFileRow } from "./own-file-row.tsx";
import own from "./own-files.module.css";
import { useUploadLimits } from "./use-upload-limits.ts";

const MEBIBYTE = 1024 * 1024;

/** A place for files, dropped or chosen, and how far each has come. */
export function OwnFiles({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation();
  const files = useStore(ownFiles);
  const limits = useUploadLimits();
  const isPhone = useIsPhone();
  const place = useInView(files.length, isPhone);
  return (
    <section ref={place} aria-label={t("add.ownFiles")}>
      <h3 className={`t-label ${css.part}`}>{t("add.ownFiles")}</h3>
      {limits?.allowed === false ? (
        <NotAllowed />
      ) : (
        <button type="button" className={own.drop} onClick={onChoose}>
          <IconUpload size={20} stroke={1.75} aria-hidden="true" />
          <span>
            <b>{isPhone ? t("add.choose") : t("add.chooseOrDrop")}</b>
            <span>
              {limits === undefined
                ? t("add.formats")
                : t("add.formatsUpTo", {
                    megabytes: Math.round(limits.max_file_bytes / MEBIBYTE),
                  })}
            </span>
          </span>
        </button>
      )}
      <ul>
        {files.map((file, index) => (
          <OwnFileRow
            key={file.id}
            own={file}
            onChoose={onChoose}
            isRepeated={files.slice(0, index).some((other) => sameRefusal(other, file))}
          />
        ))}
      </ul>
    </section>
  );
}

/** On a phone the files stand below what was found: one that comes is brought into view. */
function useInView(count: number, isWanted: boolean) {
  const place = useRef<HTMLElement>(null);
  const before = useRef(0);
  useEffect(() => {
    if (isWanted && count > before.current) place.current?.scrollIntoView({ block: "start" });
    before.current = count;
  }, [count, isWanted]);
  return place;
}

/** Several files are often refused for one reason: it is said once. */
function sameRefusal({ stage: one }: OwnFile, { stage: other }: OwnFile): boolean {
  if (one.name !== "refused" || other.name !== "refused") return false;
  return sentenceOf(one.error) === sentenceOf(other.error);
}

/** The place is there, and says who may use it. */
function NotAllowed() {
  const { t } = useTranslation();
  const hasAccount = useIsAtLeast("listener");
  return (
    <div className={own.drop} data-off="true">
      <IconUpload size={20} stroke={1.75} aria-hidden="true" />
      <span>
        <b>{hasAccount ? t("add.uploadHosts") : t("add.uploadListeners")}</b>
        <span>
          {hasAccount ? (
            t("add.uploadAskHost")
          ) : (
            <Link to="/login" search={{ next: "/?add=true" }} className="textlink">
              {t("add.uploadLogIn")}
            </Link>
          )}
        </span>
      </span>
    </div>
  );
}
