"""Putting what waits in another order: moves, votes, and taking a step back."""

from collections.abc import Sequence
from dataclasses import dataclass

from backline.jukebox.commands.queue import Changed, in_order
from backline.jukebox.domain.arrangement import Spot, Standpoint, arrange, put_back, swap_own
from backline.jukebox.domain.playback import Room
from backline.jukebox.domain.queue import (
    UNDO_WINDOW,
    ItemId,
    ItemPending,
    ItemState,
    NothingToUndo,
    QueueItem,
    VotesDecide,
    check_known,
)
from backline.jukebox.domain.tracks import TrackStatus
from backline.jukebox.ports import QueueRepository, RoomRepository, TrackRepository
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveItem(Command[Changed]):
    item_id: ItemId
    beside: ItemId
    after: bool
    if_revision: int | None = None


async def move_item(
    command: MoveItem,
    rooms: RoomRepository,
    queue: QueueRepository,
    actor: Actor,
    clock: Clock,
) -> Changed:
    """Put an item before or after another one. Can be undone.

    Hosts put it anywhere behind what is locked, everybody else their own songs among themselves.

    Raises:
        NamelessVisitor, NotYourItem, ItemNotFound, ItemGone, ItemLocked, ItemPlaying,
        ItemPending, MovedToItself, VotesDecide, StaleRevision: As they say.
    """
    check_known(actor, "move a song")
    room = await rooms.get()
    room.check_revision(command.if_revision)
    moved = await queue.get(command.item_id)
    moved.check_owner(actor, "move")
    moved.check_can_move()
    beside = await queue.get(command.beside)
    if beside.state is ItemState.PENDING:
        raise ItemPending(
            f"“{beside.title}” is still being checked and has no place yet.",
            item_id=beside.id,
            title=beside.title,
        )
    ordered = await in_order(room, queue, clock.now())
    moved = next(item for item in ordered if item.id == command.item_id)
    spot = Spot(command.beside, command.after)
    before = [Standpoint.of(item) for item in ordered]
    if actor.role.at_least(Role.HOST):
        changed = arrange(ordered, moved, spot)
    else:
        changed = swap_own(ordered, moved, spot, actor)
    for item in changed:
        await queue.save(item)
    _check_took_effect(await in_order(room, queue, clock.now()), moved, spot)
    if changed:
        ids = {item.id for item in changed}
        await queue.remember(
            actor.id, "move", [point for point in before if point.item_id in ids], at=clock.now()
        )
        room.touch()
        await rooms.save(room)
    return Changed(room.revision)


def _check_took_effect(ordered: Sequence[QueueItem], moved: QueueItem, spot: Spot) -> None:
    places = [item.id for item in ordered]
    if (places.index(moved.id) > places.index(spot.item_id)) is not spot.after:
        raise VotesDecide(
            f"Votes decide between your songs here, so “{moved.title}” stays where it is.",
            item_id=moved.id,
            title=moved.title,
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many want it, and whether the one who asks does."""

    votes: int
    voted: bool
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteFor(Command[Tally]):
    item_id: ItemId


async def vote_for(
    command: VoteFor, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> Tally:
    """Want an item sooner. Voting twice counts once.

    Raises:
        NamelessVisitor, ItemNotFound, ItemPlaying, ItemGone: As they say.
    """
    check_known(actor, "vote")
    room = await rooms.get()
    item = await queue.get(command.item_id)
    item.check_can_be_voted_for()
    if await queue.vote(item.id, actor.id):
        item.votes += 1
        await _saved(room, rooms)
    return Tally(item.votes, voted=True, revision=room.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackVote(Command[Tally]):
    item_id: ItemId


async def take_back_vote(
    command: TakeBackVote, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> Tally:
    """Want it no sooner any more. Taking back what was not given changes nothing.

    Raises:
        NamelessVisitor, ItemNotFound, ItemPlaying, ItemGone: As they say.
    """
    check_known(actor, "vote")
    room = await rooms.get()
    item = await queue.get(command.item_id)
    item.check_can_be_voted_for()
    if await queue.take_back_vote(item.id, actor.id):
        item.votes -= 1
        await _saved(room, rooms)
    return Tally(item.votes, voted=False, revision=room.revision)


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
    last = await queue.undoable(actor.id)
    if last is None or clock.now() - last.at > UNDO_WINDOW:
        raise NothingToUndo(
            "There is nothing to undo: only your last removal or move counts, for "
            f"{UNDO_WINDOW.seconds} seconds.",
            window_s=str(UNDO_WINDOW.seconds),
        )
    await queue.forget(last.id)
    count = 0
    for standpoint in last.before:
        item = await queue.get(ItemId(standpoint.item_id))
        ready = item.state is not ItemState.REMOVED or await _is_ready(item, tracks)
        if put_back(item, standpoint, ready=ready):
            await queue.save(item)
            count += 1
    await _saved(room, rooms)
    return Undone(last.what, count, room.revision)


async def _is_ready(item: QueueItem, tracks: TrackRepository) -> bool:
    return (await tracks.get(item.track_id)).status is TrackStatus.READY


async def _saved(room: Room, rooms: RoomRepository) -> Changed:
    room.touch()
    await rooms.save(room)
    return Changed(room.revision)


COMMANDS = (move_item, vote_for, take_back_vote, undo_last)
