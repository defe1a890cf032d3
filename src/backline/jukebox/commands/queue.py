"""What people may do with what waits. One dataclass and one function for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.jukebox.domain.arrangement import Spot, Standpoint, arrange, put_back, swap_own
from backline.jukebox.domain.order import TURN_S, Entry, play_order
from backline.jukebox.domain.playback import Anchor, Room
from backline.jukebox.domain.policy import (
    Candidate,
    Standing,
    Twin,
    already_queued,
    check_limits,
    exempt,
    too_many_waiting,
)
from backline.jukebox.domain.queue import (
    UNDO_WINDOW,
    ItemId,
    ItemPending,
    ItemState,
    NothingToUndo,
    QueueItem,
    TrackUnplayable,
    VotesDecide,
    check_host,
    check_known,
)
from backline.jukebox.domain.tracks import Person, Track, TrackId, TrackStatus
from backline.jukebox.ports import QueueRepository, RoomRepository, TrackRepository
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that people can see from `revision` on."""

    revision: int


@dataclass(frozen=True, slots=True)
class Added:
    item_id: ItemId
    state: ItemState
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToQueue(Command[Added]):
    track_id: TrackId


async def add_to_queue(
    command: AddToQueue,
    *,
    tracks: TrackRepository,
    rooms: RoomRepository,
    queue: QueueRepository,
    actor: Actor,
    clock: Clock,
) -> Added:
    """Wish to hear a track. What is still being analysed may be wished for already.

    Raises:
        NamelessVisitor, TrackNotFound, TrackUnplayable, QueueFull, QueueClosed, TrackTooLong,
        AlreadyQueued, PlayedRecently, ArtistWaiting, TooManyWaiting: As they say.
    """
    check_known(actor, "add a song")
    # The track before the room: whoever finishes an analysis locks them in this order, too.
    track = await tracks.get(command.track_id)
    if track.status is TrackStatus.FAILED:
        raise TrackUnplayable(
            f"“{track.title}” cannot be played: {track.error or 'its file is broken'}",
            track_id=track.id,
        )
    room = await rooms.get()
    standing = await queue.standing(track.id, track.artist, actor.id)
    await _check(room, standing, track, queue=queue, actor=actor, now=clock.now())
    item = QueueItem.add(
        track_id=track.id,
        title=track.title,
        artist=track.artist,
        duration_s=track.duration_s,
        ready=track.status is TrackStatus.READY,
        by=Person.of(actor),
        at=clock.now(),
    )
    await queue.add(item)
    room.touch()
    await rooms.save(room)
    return Added(item.id, item.state, room.revision)


async def _check(
    room: Room,
    standing: Standing,
    track: Track,
    *,
    queue: QueueRepository,
    actor: Actor,
    now: datetime,
) -> None:
    policy = room.policy
    candidate = Candidate(title=track.title, artist=track.artist, duration_s=track.duration_s)
    if standing.twin_id is not None and not policy.duplicates:
        ordered = await in_order(room, queue, now)
        places = [item.id for item in ordered]
        twin_id = ItemId(standing.twin_id)
        position = places.index(twin_id) + 1 if twin_id in places else None
        twin = await queue.get(twin_id)
        playing = twin.state is ItemState.PLAYING
        raise already_queued(candidate, Twin(item_id=twin_id, playing=playing, position=position))
    check_limits(policy, standing, candidate, actor, now)
    if policy.max_waiting is not None and standing.own >= policy.max_waiting and not exempt(actor):
        ordered = await in_order(room, queue, now)
        playing_now = await queue.in_state(ItemState.PLAYING)
        free_at = _free_at(ordered, playing_now, room.anchor, actor.id, now=now)
        raise too_many_waiting(standing.own, free_at, now)


def _free_at(
    ordered: Sequence[QueueItem],
    playing: QueueItem | None,
    anchor: Anchor | None,
    user_id: int,
    *,
    now: datetime,
) -> datetime | None:
    """When the person's next song is expected to start; None if that cannot be told."""
    if playing is None or anchor is None or anchor.rate == 0:
        return None
    length = TURN_S if playing.duration_s is None else playing.duration_s
    ahead = max(0.0, length - anchor.position_at(now))
    for item in ordered:
        if item.added_by.id == user_id:
            return now + timedelta(seconds=ahead)
        ahead += TURN_S if item.duration_s is None else item.duration_s
    return None


async def in_order(room: Room, queue: QueueRepository, now: datetime) -> list[QueueItem]:
    """What is locked or queued, in the order of play."""
    waiting = {
        item.id: item for item in await queue.waiting() if item.state is not ItemState.PENDING
    }
    turns = await queue.turns(now - timedelta(seconds=room.policy.memory_s))
    locked = next((item.id for item in waiting.values() if item.state is ItemState.LOCKED), None)
    entries = [
        Entry(item.id, item.added_by.id, item.place, item.rank, item.votes, item.duration_s)
        for item in waiting.values()
    ]
    order = play_order(room.policy, entries, history=turns, locked=locked)
    return [waiting[ItemId(item_id)] for item_id in order]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFromQueue(Command[Changed]):
    item_id: ItemId


async def remove_from_queue(
    command: RemoveFromQueue,
    rooms: RoomRepository,
    queue: QueueRepository,
    actor: Actor,
    clock: Clock,
) -> Changed:
    """Take an item out of what waits, or put a failed one out of sight. Can be undone.

    Raises:
        NamelessVisitor, ItemNotFound, NotYourItem, ItemPlaying, ItemGone: As they say.
    """
    room = await rooms.get()
    item = await queue.get(command.item_id)
    before = Standpoint.of(item)
    item.remove(actor, at=clock.now())
    await queue.save(item)
    if item.state is ItemState.REMOVED:
        await queue.remember(actor.id, "remove", [before], at=clock.now())
    return await _saved(room, rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearQueue(Command[Changed]):
    if_revision: int | None = None


async def clear_queue(
    command: ClearQueue,
    rooms: RoomRepository,
    queue: QueueRepository,
    actor: Actor,
    clock: Clock,
) -> Changed:
    """Remove all that waits; what plays goes on. Can be undone.

    Raises:
        NamelessVisitor, HostsOnly, StaleRevision: As they say.
    """
    check_host(actor, "clear the queue")
    room = await rooms.get()
    room.check_revision(command.if_revision)
    waiting = await queue.waiting()
    before = [Standpoint.of(item) for item in waiting]
    for item in waiting:
        item.remove(actor, at=clock.now())
        await queue.save(item)
    if waiting:
        await queue.remember(actor.id, "clear", before, at=clock.now())
        room.touch()
        await rooms.save(room)
    return Changed(room.revision)


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
            f"“{beside.title}” is still being checked and has no place yet.", item_id=beside.id
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
            f"{UNDO_WINDOW.seconds} seconds."
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


COMMANDS = (
    add_to_queue,
    remove_from_queue,
    clear_queue,
    move_item,
    vote_for,
    take_back_vote,
    undo_last,
)
