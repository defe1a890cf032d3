import { Modal, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button.tsx";
import { NoLonger } from "@/components/no-longer.tsx";
import type { RowActions } from "@/components/row-actions.ts";
import css from "./move-to.module.css";

interface Props {
  title: string;
  actions: RowActions;
  onClose: () => void;
}

/** Asks for the place by its number: a way to move far without dragging. */
export function MoveTo({ title, actions, onClose }: Props) {
  const { t } = useTranslation();
  const [place, setPlace] = useState<number | string>(() => actions.place().at + 1);
  const last = actions.place().of;
  return (
    <Modal
      opened
      onClose={onClose}
      centered
      size="sm"
      title={<span className="t-title">{t("moveTo.title")}</span>}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (actions.moveRefusal !== undefined) return;
          actions.moveTo(Number(place) - 1);
          onClose();
        }}
      >
        <NoLonger needs="host" />
        <p className="t-2">{title}</p>
        <NumberInput
          label={t("moveTo.place", { count: last })}
          min={1}
          max={last}
          clampBehavior="strict"
          allowDecimal={false}
          hideControls
          data-autofocus
          value={place}
          onChange={setPlace}
        />
        <Button
          look="main"
          size="tall"
          type="submit"
          wide
          refusal={actions.moveRefusal ?? (place === "" ? t("moveTo.which") : undefined)}
        >
          {t("moveTo.do")}
        </Button>
      </form>
    </Modal>
  );
}
