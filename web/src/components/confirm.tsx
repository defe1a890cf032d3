import { Modal } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { Button } from "./button.tsx";
import css from "./confirm.module.css";

export interface ConfirmProps {
  title: string;
  text: string;
  /** What the button does, as a verb. */
  act: string;
  look?: "danger" | "main";
  /** Leaves it as it is, as a verb. */
  keep: string;
  /** Why it may not be done by now; `children` say so. */
  refusal?: string | undefined;
  children?: ReactNode;
  onAct: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. It stays open if it is refused. */
export function Confirm(props: ConfirmProps) {
  const { title, text, act, look = "danger", keep, refusal, children, onAct, onClose } = props;
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
        {children}
        <div className={css.buttons}>
          <Button look="quiet" data-autofocus onClick={onClose}>
            {keep}
          </Button>
          <Button look={look} busy={busy} refusal={refusal} explained onClick={() => void doIt()}>
            {act}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
