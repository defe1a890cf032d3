"""Putting what waits in another order: moves, and votes."""

from collections.abc import Sequence
from dataclasses import dataclass

from backline.jukebox.commands.queue import Changed, in_order
from backline.jukebox.domain.arrangement import Spot, Standpoint, arrange, swap_own
from backline.jukebox.domain.changes import KEPT_FOR, VOTES_ROUND, Change, Song, What
from backline.jukebox.domain.playback import Room
from backline.jukebox.domain.queue import (
    ItemId,
    ItemPending,
    ItemState,
    QueueItem,
    VotesDecide,
    check_known,
)
from backline.jukebox.domain.tracks import Person
from backline.jukebox.ports import ChangeRepository, QueueRepository, RoomRepository
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
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
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
    reordered = await in_order(room, queue, clock.now())
    _check_took_effect(reordered, moved, spot)
    if changed:
        ids = {item.id for item in changed}
        await changes.record(
            Change(
                what=What.MOVED,
                at=clock.now(),
                by=Person.of(actor),
                song=Song.of(moved),
                details={
                    "from": [item.id for item in ordered].index(moved.id) + 1,
                    "to": [item.id for item in reordered].index(moved.id) + 1,
                },
                before=[point for point in before if point.item_id in ids],
            )
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
    command: VoteFor,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
    actor: Actor,
    clock: Clock,
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
        if item.votes % VOTES_ROUND == 0:
            await changes.record(
                Change(
                    what=What.VOTED,
                    at=clock.now(),
                    song=Song.of(item),
                    details={"votes": item.votes},
                    once_in=KEPT_FOR,
                )
            )
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


async def _saved(room: Room, rooms: RoomRepository) -> Changed:
    room.touch()
    await rooms.save(room)
    return Changed(room.revision)


COMMANDS = (move_item, vote_for, take_back_vote)
