import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueItem } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import { IconDots } from "@/components/icons.ts";
import type { RowActions } from "@/components/row-actions.ts";
import css from "./rows.module.css";

const RowChoices = lazy(() =>
  import("./row-choices.tsx").then((module) => ({ default: module.RowChoices })),
);
const MoveTo = lazy(() => import("./move-to.tsx").then((module) => ({ default: module.MoveTo })));

interface Props {
  item: QueueItem;
  actions: RowActions;
  /** On a phone a row of one's own has no vote button: the menu has it. */
  withVote?: boolean;
  asking: boolean;
  onAsk: (asking: boolean) => void;
}

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

/** Everything that can be done with a row, each with its key; what cannot says why. */
export function RowMenu({ item, actions, withVote = false, asking, onAsk }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const title = item.track.title;
  const close = () => {
    setOpen(false);
    button.current?.focus({ preventScroll: true });
  };
  return (
    <span className={css.menu}>
      <IconButton
        ref={button}
        label={t("row.more", { title })}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <IconDots {...icon} />
      </IconButton>
      <Suspense>
        {open && <RowChoices {...{ item, actions, withVote, onAsk }} onClose={close} />}
        {asking && <MoveTo title={title} actions={actions} onClose={() => onAsk(false)} />}
      </Suspense>
    </span>
  );
}
