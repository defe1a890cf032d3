"""Taking a step back: one's own last one, or any that hosts see in the list."""

from dataclasses import dataclass

from backline.jukebox.domain.arrangement import put_back
from backline.jukebox.domain.changes import (
    UNDO_FROM_LIST_WINDOW,
    Change,
    ChangedSince,
    Undoable,
    What,
)
from backline.jukebox.domain.queue import (
    UNDO_WINDOW,
    HostsOnly,
    ItemId,
    ItemState,
    NothingToUndo,
    QueueItem,
    check_known,
)
from backline.jukebox.domain.tracks import Person, TrackStatus
from backline.jukebox.ports import (
    ChangeRepository,
    QueueRepository,
    RoomRepository,
    TrackRepository,
)
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

_CALLED = {What.REMOVED: "remove", What.MOVED: "move", What.CLEARED: "clear"}


@dataclass(frozen=True, slots=True)
class Undone:
    """What was put back: `what` is "remove", "move" or "clear"; `items` how many came back."""

    what: str
    items: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoLast(Command[Undone]):
    """Put back what the actor removed or moved last."""


async def undo_last(
    command: UndoLast,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
    tracks: TrackRepository,
    actor: Actor,
    clock: Clock,
) -> Undone:
    """Undo the actor's last removal or move; what has played since stays as it is.

    Raises:
        NamelessVisitor, NothingToUndo: As they say.
    """
    check_known(actor, "undo something")
    room = await rooms.get()
    last = await changes.last_of(actor.id)
    if last is None or clock.now() - last.at > UNDO_WINDOW:
        raise NothingToUndo(
            "There is nothing to undo: only your last removal or move counts, for "
            f"{UNDO_WINDOW.seconds} seconds.",
            window_s=str(UNDO_WINDOW.seconds),
        )
    items = await _put_back(last, queue, tracks)
    await _write_down(last, changes, actor, clock)
    room.touch()
    await rooms.save(room)
    return Undone(_CALLED[last.what], items, room.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChange(Command[Undone]):
    """Put back one of the changes in the list, also somebody else's."""

    change_id: int


async def undo_change(
    command: UndoChange,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
    tracks: TrackRepository,
    actor: Actor,
    clock: Clock,
) -> Undone:
    """Undo this removal or move. Hosts anybody's, everybody else their own.

    Raises:
        NamelessVisitor, ChangeNotFound, HostsOnly, NothingToUndo, ChangedSince: As they say.
    """
    check_known(actor, "undo something")
    room = await rooms.get()
    change = await changes.get(command.change_id)
    if change.by_id != actor.id and not actor.role.at_least(Role.HOST):
        raise HostsOnly("Only hosts can undo what somebody else did.")
    if clock.now() - change.at > UNDO_FROM_LIST_WINDOW:
        minutes = UNDO_FROM_LIST_WINDOW.seconds // 60
        raise NothingToUndo(
            f"That was more than {minutes} minutes ago. Add the song again, or move it by hand.",
            window_s=str(UNDO_FROM_LIST_WINDOW.seconds),
            case="list",
        )
    if change.later is not None:
        raise ChangedSince(
            "The songs were arranged again since then. Undo that first, or move them by hand.",
            change_id=str(change.later),
        )
    items = await _put_back(change, queue, tracks)
    await _write_down(change, changes, actor, clock)
    room.touch()
    await rooms.save(room)
    return Undone(_CALLED[change.what], items, room.revision)


async def _put_back(change: Undoable, queue: QueueRepository, tracks: TrackRepository) -> int:
    """How many items stand where they stood."""
    count = 0
    for standpoint in change.before:
        item = await queue.get(ItemId(standpoint.item_id))
        ready = item.state is not ItemState.REMOVED or await _is_ready(item, tracks)
        if put_back(item, standpoint, ready=ready):
            await queue.save(item)
            count += 1
    return count


async def _is_ready(item: QueueItem, tracks: TrackRepository) -> bool:
    return (await tracks.get(item.track_id)).status is TrackStatus.READY


async def _write_down(
    change: Undoable, changes: ChangeRepository, actor: Actor, clock: Clock
) -> None:
    await changes.mark_undone(change.id)
    await changes.record(
        Change(
            what=What.UNDONE,
            at=clock.now(),
            by=Person.of(actor),
            song=change.song,
            details={"what": change.what.value, "songs": len(change.before)},
        )
    )


COMMANDS = (undo_last, undo_change)
