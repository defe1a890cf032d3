import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { QueueItem } from "@/api/types.ts";
import {
  IconArrowBarToUp,
  IconArrowDown,
  IconArrowsSort,
  IconArrowUp,
  IconChevronUp,
  IconTrash,
} from "@/components/icons.ts";
import type { RowActions } from "@/components/row-actions.ts";
import css from "./rows.module.css";

const icon = { size: 20, stroke: 1.75, "aria-hidden": true } as const;

interface Props {
  item: QueueItem;
  actions: RowActions;
  withVote: boolean;
  onAsk: (asking: boolean) => void;
  onClose: () => void;
}

/** The menu itself, made when it is opened: a row of five hundred carries none. */
export function RowChoices({ item, actions, withVote, onAsk, onClose }: Props) {
  const { t } = useTranslation();
  const { moveRefusal, removeRefusal, voteRefusal, moveTo } = actions;
  const { at, of } = actions.place();
  const why = moveRefusal ?? removeRefusal;
  return (
    <Menu
      opened
      onChange={onClose}
      returnFocus={false}
      width={240}
      position="bottom-end"
      offset={{ mainAxis: 6, crossAxis: -9 }}
      transitionProps={{ duration: 0 }}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <span className={css.anchor} aria-hidden="true" />
      </Menu.Target>
      <Menu.Dropdown aria-label={item.track.title}>
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
          disabled={moveRefusal !== undefined || at <= 0}
          onClick={() => moveTo(0)}
        >
          {t("row.moveToTop")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowUp {...icon} />}
          rightSection="Shift ↑"
          disabled={moveRefusal !== undefined || at <= 0}
          onClick={() => moveTo(at - 1)}
        >
          {t("row.moveUp")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowDown {...icon} />}
          rightSection="Shift ↓"
          disabled={moveRefusal !== undefined || at === of - 1}
          onClick={() => moveTo(at + 1)}
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
  );
}
