import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { Button } from "./button.tsx";
import css from "./confirm.module.css";

interface Props {
  title: string;
  text: string;
  /** What the button does, as a verb. */
  act: string;
  /** Leaves it as it is, as a verb. */
  keep: string;
  onAct: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. It stays open if it is refused. */
export function Confirm({ title, text, act, keep, onAct, onClose }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const doIt = async () => {
    setBusy(true);
    const isDone = await attempt(onAct);
    setBusy(false);
    if (isDone) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      title={<span className="t-title">{title}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <div className={css.ask}>
        <p>{text}</p>
        <div className={css.buttons}>
          <Button look="quiet" data-autofocus onClick={onClose}>
            {keep}
          </Button>
          <Button look="danger" busy={busy} onClick={() => void doIt()}>
            {act}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
