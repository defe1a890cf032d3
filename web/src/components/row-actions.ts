import { useTranslation } from "react-i18next";
import { attempt } from "@/api/attempt.ts";
import { useIsAtLeast, useUser } from "@/api/hooks.ts";
import { companions, move, remove, undo, vote } from "@/api/queue.ts";
import { live, room, upcoming, whenReached } from "@/api/room.ts";
import { isUnsent } from "@/api/safe-actions.ts";
import type { QueueItem } from "@/api/types.ts";
import { MARK, toast } from "@/lib/toasts.ts";

/** Where an item stands among those it can trade places with, from 0, and how many they are. */
export interface Place {
  at: number;
  of: number;
}

export interface RowActions {
  isMine: boolean;
  /** As it is at this moment: rows are not drawn anew when others move. */
  place: () => Place;
  moveRefusal: string | undefined;
  removeRefusal: string | undefined;
  voteRefusal: string | undefined;
  moveTo: (place: number) => void;
  remove: () => void;
  /** Takes a failed song out without a word: its owner is choosing another file. */
  dismiss: () => void;
  vote: () => void;
}

/** Moves an item among its companions; where it ends elsewhere, the server's order is told. */
export function useMove(): (item: QueueItem, to: number) => Promise<void> {
  const { t } = useTranslation();
  const userId = useUser()?.id;
  const isHost = useIsAtLeast("host");
  const group = (id: string) => {
    const document = room.get();
    return document === null ? [] : companions(upcoming(document), id, { userId, isHost });
  };
  return async (item, to) => {
    const { revision } = live.state.get();
    let came: string | undefined;
    await attempt(async () => {
      came = await move(group(item.id), item.id, to);
    });
    if (came !== "done") return;
    whenReached(revision + 1, () => {
      const now = group(item.id);
      const at = now.findIndex(({ id }) => id === item.id);
      if (at === -1 || at === Math.min(to, now.length - 1)) return;
      const text = t("row.elsewhere", { title: MARK, place: at + 1 });
      toast({ text, strong: item.track.title, tone: "plain" });
    });
  };
}

/** What this person may do with a row, and why not the rest. */
export function useRowActions(item: QueueItem, canMove: boolean): RowActions {
  const { t } = useTranslation();
  const userId = useUser()?.id;
  const isHost = useIsAtLeast("host");
  const moveItem = useMove();
  const isMine = item.added_by.id === userId;
  const isLocked = item.state === "locked";
  const title = item.track.title;

  const moveRefusal = () => {
    if (isUnsent(item)) return t("kept.notThere");
    if (isLocked) return t("row.isLocked");
    if (item.state === "pending") return t("row.isChecked");
    if (!isHost && !isMine) return t("row.othersSong", { name: item.added_by.display_name });
    return canMove ? undefined : t("row.nowhereToGo");
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
    place: () => {
      const document = room.get();
      const items = document === null ? [] : upcoming(document);
      const group = companions(items, item.id, { userId, isHost });
      return { at: group.findIndex(({ id }) => id === item.id), of: group.length };
    },
    moveRefusal: moveRefusal(),
    removeRefusal:
      isHost || isMine ? undefined : t("row.othersSong", { name: item.added_by.display_name }),
    voteRefusal: voteRefusal(),
    moveTo: (to) => void moveItem(item, to),
    remove: () => void takeOut(),
    dismiss: () => void attempt(() => remove(item)),
    vote: () => void attempt(() => vote(item, !item.voted)),
  };
}
