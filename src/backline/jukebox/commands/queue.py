"""Adding to the queue, and removing from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from backline.jukebox.domain.arrangement import Standpoint
from backline.jukebox.domain.changes import Change, Song, What
from backline.jukebox.domain.order import TURN_S, Entry, play_order
from backline.jukebox.domain.playback import Anchor, Room
from backline.jukebox.domain.policy import (
    Candidate,
    Twin,
    already_queued,
    check_limits,
    exempt,
    too_many_waiting,
)
from backline.jukebox.domain.queue import (
    ItemId,
    ItemState,
    QueueItem,
    TrackUnplayable,
    check_host,
    check_known,
)
from backline.jukebox.domain.tracks import Person, TrackId, TrackStatus, no_such_track
from backline.jukebox.domain.wishes import Added, Standings, Wish, WishedTrack
from backline.jukebox.ports import (
    ChangeRepository,
    QueueRepository,
    RoomRepository,
    WishRepository,
)
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError
from backline.kit.core.messages import Command

_REFUSAL_TOLD_ONCE_IN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that people can see from `revision` on."""

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToQueue(Command[Added]):
    track_id: TrackId


async def add_to_queue(
    command: AddToQueue,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    wishes: WishRepository,
    changes: ChangeRepository,
    actor: Actor,
    clock: Clock,
) -> Added:
    """Wish to hear a track. What is still being analysed may be wished for already.

    Raises:
        NamelessVisitor, TrackNotFound, TrackUnplayable, QueueFull, QueueClosed, TrackTooLong,
        AlreadyQueued, PlayedRecently, ArtistWaiting, TooManyWaiting: As they say.
    """
    all_of_them = AddAllToQueue(wishes=(Wish(command.track_id, actor),))
    (outcome,) = await add_all_to_queue(
        all_of_them, rooms=rooms, queue=queue, wishes=wishes, changes=changes, clock=clock
    )
    if isinstance(outcome, BacklineError):
        raise outcome
    return cast(Added, outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAllToQueue(Command[list[Any]]):
    """Several people's wishes in one transaction: each gets an `Added`, or its own refusal."""

    wishes: tuple[Wish, ...]


async def add_all_to_queue(
    command: AddAllToQueue,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    wishes: WishRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> list[Any]:
    """Decide the wishes one after another, as if each came alone.

    Returns:
        Per wish an `Added`, or the refusal that `add_to_queue` raises.
    """
    # Tracks before the room: whoever finishes an analysis locks them in this order, too.
    tracks = await wishes.tracks({wish.track_id for wish in command.wishes})
    room = await rooms.get()
    known = await wishes.granted_before(command.wishes)
    standings = await wishes.standings(tracks.values(), {wish.actor.id for wish in command.wishes})
    now = clock.now()
    desk = _Desk(room, queue, standings, now)
    outcomes: list[Any] = []
    granted: dict[Wish, Added] = {}
    meant = {(wish.actor.id, wish.key): wish for wish in reversed(command.wishes)}
    items: list[QueueItem] = []
    refused: list[Change] = []
    for wish in command.wishes:
        outcome = known.get(wish)
        if wish.key is not None and meant[wish.actor.id, wish.key] != wish:
            outcome = wishes.reused_key(wish)
        if outcome is None:
            try:
                item = await desk.decide(wish, tracks.get(wish.track_id))
            except BacklineError as refusal:
                outcome = refusal
                if wish.track_id in tracks and wish.actor.id:
                    refused.append(_refused(wish, tracks[wish.track_id], refusal, now))
            else:
                items.append(item)
                track = tracks[wish.track_id]
                outcome = Added(item.id, item.state, room.revision + 1, track, item.added_by)
                if wish.key is not None:
                    granted[wish] = known[wish] = outcome
        outcomes.append(outcome)
    if items:
        await wishes.add(items)
        await wishes.remember(granted)
        await changes.record(*map(_added, items))
        room.touch()
        await rooms.save(room)
    await changes.record(*refused)
    return outcomes


def _added(item: QueueItem) -> Change:
    return Change(what=What.ADDED, at=item.added_at, by=item.added_by, song=Song.of(item))


def _refused(wish: Wish, track: WishedTrack, refusal: BacklineError, at: datetime) -> Change:
    by = Person.of(wish.actor)
    return Change(
        what=What.REFUSED,
        at=at,
        by=by,
        song=Song(track.title, track.artist, by),
        details={"reason": refusal.reason},
        once_in=_REFUSAL_TOLD_ONCE_IN,
        hosts_only=True,
    )


class _Desk:
    """Where wishes are decided, one after another."""

    def __init__(
        self, room: Room, queue: QueueRepository, standings: Standings, now: datetime
    ) -> None:
        self._room = room
        self._queue = queue
        self._standings = standings
        self._now = now

    async def decide(self, wish: Wish, track: WishedTrack | None) -> QueueItem:
        """The new item, counted in. Raises what `add_to_queue` does."""
        check_known(wish.actor, "add a song")
        if track is None:
            raise no_such_track(wish.track_id)
        if track.status is TrackStatus.FAILED:
            raise TrackUnplayable(
                f"“{track.title}” cannot be played: {track.error or 'its file is broken'}",
                track_id=track.id,
                title=track.title,
            )
        await self._check(wish.actor, track)
        item = QueueItem.add(
            track_id=track.id,
            title=track.title,
            artist=track.artist,
            duration_s=track.duration_s,
            ready=track.status is TrackStatus.READY,
            by=Person.of(wish.actor),
            at=self._now,
        )
        self._standings.count(track, wish.actor.id, item.id)
        return item

    async def _check(self, actor: Actor, track: WishedTrack) -> None:
        policy = self._room.policy
        standing = self._standings.of(track, actor.id)
        candidate = Candidate(title=track.title, artist=track.artist, duration_s=track.duration_s)
        if standing.twin_id is not None and not policy.duplicates:
            raise already_queued(candidate, await self._twin(ItemId(standing.twin_id)))
        check_limits(policy, standing, candidate, actor, self._now)
        most = policy.max_waiting
        if most is not None and standing.own >= most and not exempt(actor):
            raise too_many_waiting(standing.own, await self._free_at(actor), self._now)

    async def _twin(self, item_id: ItemId) -> Twin:
        playing = await self._queue.in_state(ItemState.PLAYING)
        if playing is not None and playing.id == item_id:
            return Twin(item_id=item_id, playing=True, position=None)
        places = [item.id for item in await in_order(self._room, self._queue, self._now)]
        position = places.index(item_id) + 1 if item_id in places else None
        return Twin(item_id=item_id, playing=False, position=position)

    async def _free_at(self, actor: Actor) -> datetime | None:
        ordered = await in_order(self._room, self._queue, self._now)
        playing = await self._queue.in_state(ItemState.PLAYING)
        return _free_at(ordered, playing, self._room.anchor, actor.id, now=self._now)


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
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
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
        await changes.record(
            Change(
                what=What.REMOVED,
                at=clock.now(),
                by=Person.of(actor),
                song=Song.of(item),
                before=[before],
            )
        )
    return await _saved(room, rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearQueue(Command[Changed]):
    if_revision: int | None = None


async def clear_queue(
    command: ClearQueue,
    *,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
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
        await changes.record(
            Change(
                what=What.CLEARED,
                at=clock.now(),
                by=Person.of(actor),
                details={"songs": len(waiting)},
                before=before,
            )
        )
        room.touch()
        await rooms.save(room)
    return Changed(room.revision)


@dataclass(frozen=True, slots=True)
class RecountVotes(Command[int]):
    pass


async def recount_votes(
    command: RecountVotes, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> int:
    """Set the votes of what is in the queue to their recount; how many were wrong."""
    require_role(actor, Role.ADMIN)
    room = await rooms.get()
    corrected = await queue.recount_votes()
    if corrected:
        room.touch()
        await rooms.save(room)
    return corrected


async def _saved(room: Room, rooms: RoomRepository) -> Changed:
    room.touch()
    await rooms.save(room)
    return Changed(room.revision)


COMMANDS = (add_to_queue, add_all_to_queue, remove_from_queue, clear_queue, recount_votes)
