"""Where people put what waits: hosts anywhere, everybody else among their own songs."""

from collections.abc import Sequence
from dataclasses import dataclass

from backline.jukebox.domain.queue import (
    ItemGone,
    ItemId,
    ItemLocked,
    ItemState,
    MovedToItself,
    NotYourItem,
    QueueItem,
)
from backline.kit.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Spot:
    """Beside which other item something shall stand."""

    item_id: ItemId
    after: bool


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where an item stood before it was removed or moved; what undo puts back."""

    item_id: str
    state: str
    place: int
    rank: int | None

    @classmethod
    def of(cls, item: QueueItem) -> "Standpoint":
        return cls(item.id, item.state.value, item.place, item.rank)


def arrange(ordered: Sequence[QueueItem], moved: QueueItem, spot: Spot) -> list[QueueItem]:
    """A host puts `moved` beside another item; what stood before the new spot stays before it.

    Everything up to the moved item gets a rank, and so keeps its order until it has played; what
    comes behind it, and what is added later, goes by the policy.

    Args:
        ordered: All that is locked or queued, in the order of play.
        moved: One of them.
        spot: Beside which of them.

    Returns:
        The items whose rank has changed.

    Raises:
        ItemLocked, ItemPending, MovedToItself, ItemNotFound: As they say.
    """
    moved.check_can_move()
    target = _target(ordered, moved, spot)
    if target.state is ItemState.LOCKED and not spot.after:
        raise ItemLocked(
            f"“{target.title}” is next and already with the player; nothing can go before it. "
            f"Put “{moved.title}” after it.",
            item_id=target.id,
            title=target.title,
            case="before",
        )
    before = {item.id: item.rank for item in ordered}
    rest = [item for item in ordered if item is not moved]
    index = rest.index(target) + (1 if spot.after else 0)
    rest.insert(index, moved)
    queued = [item for item in rest if item.state is ItemState.QUEUED]
    last = max(
        [queued.index(moved), *(n for n, item in enumerate(queued) if item.rank is not None)]
    )
    for rank, item in enumerate(queued[: last + 1], start=1):
        item.rank = rank
    return [item for item in queued if item.rank != before[item.id]]


def swap_own(
    ordered: Sequence[QueueItem], moved: QueueItem, spot: Spot, actor: Actor
) -> list[QueueItem]:
    """Somebody reorders their own songs: those trade places among themselves, nobody else's move.

    Args:
        ordered: All that is locked or queued, in the order of play.
        moved: One of the actor's items.
        spot: Beside which other item of the actor.

    Returns:
        The items whose place or rank has changed.

    Raises:
        NotYourItem, ItemLocked, ItemPending, MovedToItself, ItemNotFound: As they say.
    """
    moved.check_owner(actor, "move")
    moved.check_can_move()
    target = _target(ordered, moved, spot)
    if target.added_by.id != actor.id:
        raise NotYourItem(
            "You can put your own songs in another order among themselves. "
            "Only hosts may move them past somebody else's.",
            item_id=target.id,
            case="among",
        )
    if target.state is ItemState.LOCKED and not spot.after:
        raise ItemLocked(
            f"“{target.title}” is next and already with the player; nothing can go before it.",
            item_id=target.id,
            title=target.title,
            case="before",
        )
    own = [
        item for item in ordered if item.added_by.id == actor.id and item.state is ItemState.QUEUED
    ]
    seats = [(item.place, item.rank) for item in own]
    own.remove(moved)
    index = 0 if target.state is ItemState.LOCKED else own.index(target) + (1 if spot.after else 0)
    own.insert(index, moved)
    changed = []
    for item, (place, rank) in zip(own, seats, strict=True):
        if (item.place, item.rank) != (place, rank):
            item.place, item.rank = place, rank
            changed.append(item)
    return changed


def _target(ordered: Sequence[QueueItem], moved: QueueItem, spot: Spot) -> QueueItem:
    if spot.item_id == moved.id:
        raise MovedToItself(
            f"“{moved.title}” cannot stand beside itself.", item_id=moved.id, title=moved.title
        )
    for item in ordered:
        if item.id == spot.item_id:
            return item
    raise ItemGone(
        "The song that it should stand beside has left the queue, or has no place yet.",
        item_id=spot.item_id,
        case="beside",
    )


def put_back(item: QueueItem, standpoint: Standpoint, *, ready: bool) -> bool:
    """Undo a removal or a move. False if the item has gone on since and must be left alone."""
    if item.state is ItemState.REMOVED and standpoint.state != ItemState.REMOVED.value:
        item.state = ItemState.QUEUED if ready else ItemState.PENDING
        item.ended_at = item.reason = None
    elif item.state not in {ItemState.QUEUED, ItemState.PENDING}:
        return False
    item.place, item.rank = standpoint.place, standpoint.rank
    if standpoint.state == ItemState.LOCKED.value:
        # It was next: it comes before everything that has been arranged since.
        item.rank = 0
    return True
