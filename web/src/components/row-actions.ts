import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { companions, move, remove, undo, vote } from "@/api/queue.ts";
import { isUnsent } from "@/api/safe-actions.ts";
import type { QueueItem } from "@/api/types.ts";
import { MARK, toast } from "@/lib/toasts.ts";

export interface RowActions {
  isMine: boolean;
  /** The items it can trade places with, itself among them; empty if it cannot move. */
  group: readonly QueueItem[];
  /** Its place in the group, from 0. */
  place: number;
  moveRefusal: string | undefined;
  removeRefusal: string | undefined;
  voteRefusal: string | undefined;
  moveTo: (place: number) => void;
  remove: () => void;
  /** Takes a failed song out without a word: its owner is choosing another file. */
  dismiss: () => void;
  vote: () => void;
}

/** What this person may do with a row, and why not the rest. */
export function useRowActions(items: readonly QueueItem[], item: QueueItem): RowActions {
  const { t } = useTranslation();
  const user = useUser();
  const isHost = useIsAtLeast("host");
  const isMine = item.added_by.id === user?.id;
  const isLocked = item.state === "locked";
  const group = companions(items, item.id, { userId: user?.id, isHost });
  const title = item.track.title;

  const moveRefusal = () => {
    if (isUnsent(item)) return t("kept.notThere");
    if (isLocked) return t("row.isLocked");
    if (item.state === "pending") return t("row.isChecked");
    if (!isHost && !isMine) return t("row.othersSong", { name: item.added_by.display_name });
    return group.length < 2 ? t("row.nowhereToGo") : undefined;
  };
  const voteRefusal = () => {
    if (isUnsent(item)) return t("kept.notThere");
    return isLocked ? t("row.votingOver") : undefined;
  };
  const takeOut = async () => {
    if (!(await attempt(() => remove(item)))) return;
    toast({
      text: t("row.removed", { title: MARK }),
      strong: title,
      tone: "plain",
      action: { label: t("undo"), run: () => void attempt(undo) },
    });
  };
  return {
    isMine,
    group,
    place: group.findIndex(({ id }) => id === item.id),
    moveRefusal: moveRefusal(),
    removeRefusal:
      isHost || isMine ? undefined : t("row.othersSong", { name: item.added_by.display_name }),
    voteRefusal: voteRefusal(),
    moveTo: (place) => void attempt(() => move(group, item.id, place)),
    remove: () => void takeOut(),
    dismiss: () => void attempt(() => remove(item)),
    vote: () => void attempt(() => vote(item, !item.voted)),
  };
}
