import { Menu } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { QueueItem } from "@/api/types.ts";
import { IconButton } from "@/components/button.tsx";
import {
  IconArrowBarToUp,
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconChevronUp,
  IconDots,
  IconTrash,
} from "@/components/icons.ts";
import type { RowActions } from "@/components/row-actions.ts";
import css from "./rows.module.css";

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
  const { group, place, moveRefusal, removeRefusal, voteRefusal, moveTo } = actions;
  const title = item.track.title;
  const isFirst = place <= 0;
  const isLast = place === group.length - 1;
  const why = moveRefusal ?? removeRefusal;
  return (
    <>
      <Menu
        opened={open}
        onChange={setOpen}
        width={240}
        position="bottom-end"
        offset={{ mainAxis: 6, crossAxis: -9 }}
        transitionProps={{ duration: 0 }}
        withInitialFocusPlaceholder={false}
      >
        <Menu.Target>
          <IconButton label={t("row.more", { title })} className={css.menu} aria-expanded={open}>
            <IconDots {...icon} />
          </IconButton>
        </Menu.Target>
        <Menu.Dropdown aria-label={title}>
          {withVote && (
            <Menu.Item
              leftSection={<IconChevronUp {...icon} />}
              disabled={voteRefusal !== undefined}
              rightSection={item.votes}
              onClick={actions.vote}
            >
              {item.voted ? t("row.unvote") : t("row.vote")}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconArrowBarToUp {...icon} />}
            rightSection="Shift Home"
            disabled={moveRefusal !== undefined || isFirst}
            onClick={() => moveTo(0)}
          >
            {t("row.moveToTop")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowUp {...icon} />}
            rightSection="Shift ↑"
            disabled={moveRefusal !== undefined || isFirst}
            onClick={() => moveTo(place - 1)}
          >
            {t("row.moveUp")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowDown {...icon} />}
            rightSection="Shift ↓"
            disabled={moveRefusal !== undefined || isLast}
            onClick={() => moveTo(place + 1)}
          >
            {t("row.moveDown")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowsSort {...icon} />}
            rightSection="M"
            disabled={moveRefusal !== undefined}
            onClick={() => onAsk(true)}
          >
            {t("row.moveToPlace")}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconTrash {...icon} />}
            rightSection="Del"
            disabled={removeRefusal !== undefined}
            onClick={actions.remove}
          >
            {t("row.remove")}
          </Menu.Item>
          {why !== undefined && (
            <>
              <Menu.Divider />
              <Menu.Label>{why}</Menu.Label>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {asking && <MoveTo title={title} actions={actions} onClose={() => onAsk(false)} />}
      </Suspense>
    </>
  );
}
