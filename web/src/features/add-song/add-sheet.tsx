import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/button.tsx";
import { IconX } from "@/components/icons.ts";
import { Sheet } from "@/components/sheet.tsx";
import css from "./add-sheet.module.css";
import { FilePicker } from "./file-picker.tsx";
import { Library } from "./library.tsx";
import { OwnFiles } from "./own-files.tsx";

/** Where songs come from: the library first, one's own files beside it. */
export function AddSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Sheet label={t("add.title")} onClose={onClose}>
      <div className={css.sheet}>
        <div className={css.grip} aria-hidden="true" />
        <div className={css.head}>
          <h2 className="t-title grow">{t("add.title")}</h2>
          <IconButton label={t("close")} onClick={onClose}>
            <IconX size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
        </div>
        <FilePicker>
          {(choose) => <Library ownFiles={<OwnFiles onChoose={choose} />} onChoose={choose} />}
        </FilePicker>
      </div>
    </Sheet>
  );
}
