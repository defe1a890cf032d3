import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import css from "./panel.module.css";
import { useRefusal } from "./refusal.ts";

interface Props {
  title: string;
  text: string;
  /** What the button does, as a verb. */
  act: string;
  look?: "danger" | "main";
  onAct: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be undone. It stays open, with its reason, if it is refused. */
export function Ask({ title, text, act, look = "danger", onAct, onClose }: Props) {
  const { t } = useTranslation();
  const refusal = useRefusal();
  const [busy, setBusy] = useState(false);
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={<span className="t-title">{title}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.form}>
        <p>{text}</p>
        <NoLonger needs="admin" />
        <div className={css.buttons}>
          <Button look="quiet" onClick={onClose}>
            {t("admin.keep")}
          </Button>
          <Button
            look={look}
            busy={busy}
            refusal={refusal}
            explained
            onClick={() => {
              setBusy(true);
              void onAct().finally(() => setBusy(false));
            }}
          >
            {act}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
