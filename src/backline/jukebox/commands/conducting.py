"""What the conductor writes down: what it hands over, what the player tells."""

from dataclasses import dataclass
from datetime import timedelta

from backline.jukebox.commands.queue import in_order
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.changes import KEPT, KEPT_FOR
from backline.jukebox.domain.playback import (
    OUTPUT_GONE,
    Anchor,
    ConductorReplaced,
    Cursor,
    PlayerStatus,
    Room,
)
from backline.jukebox.domain.player import (
    Broken,
    Ended,
    Heartbeat,
    Moved,
    OutputChanged,
    PlayerEvent,
    Snapshot,
    Started,
)
from backline.jukebox.domain.queue import End, ItemId, ItemNotFound, ItemState, QueueItem
from backline.jukebox.ports import (
    ChangeRepository,
    QueueRepository,
    RoomRepository,
)
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

FAILED_SHOWN_FOR = timedelta(hours=1)
_NEAR_END_S = 1.0
_UNPLAYABLE = Cause(CauseCode.NOT_PLAYABLE, "It could not be played.")

_ENDS = {
    "finished": End.PLAYED,
    "skipped": End.SKIPPED,
    "replaced": End.SKIPPED,
    "stopped": End.SKIPPED,
    "failed": End.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHead(Command[bool]):
    fence: int


async def lock_head(
    command: LockHead, rooms: RoomRepository, queue: QueueRepository, clock: Clock
) -> bool:
    """Lock the next item by the policy. False if nothing waits, or one is locked already.

    Raises:
        ConductorReplaced: Another conductor leads by now.
    """
    room = await _led_by(command.fence, rooms)
    ordered = await in_order(room, queue, clock.now())
    if not ordered or ordered[0].state is ItemState.LOCKED:
        return False
    ordered[0].lock()
    await queue.save(ordered[0])
    room.touch()
    await rooms.save(room)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class FailItem(Command[None]):
    """An item cannot even be handed to the player."""

    fence: int
    item_id: ItemId
    reason: Cause


async def fail_item(
    command: FailItem, rooms: RoomRepository, queue: QueueRepository, clock: Clock
) -> None:
    """Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    item = await queue.get(command.item_id)
    if item.end(End.FAILED, at=clock.now(), heard_s=item.heard_s, reason=command.reason):
        await queue.save(item)
        if room.anchor is not None and room.anchor.item_id == item.id:
            room.anchor = None
        room.count_failure(item.title, command.reason)
        await rooms.save(room)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpItem(Command[None]):
    """What played when the player was lost shall not be taken up again: the room was stopped."""

    fence: int
    item_id: ItemId


async def give_up_item(
    command: GiveUpItem, rooms: RoomRepository, queue: QueueRepository, clock: Clock
) -> None:
    """Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    item = await queue.get(command.item_id)
    if item.end(End.SKIPPED, at=clock.now(), heard_s=item.heard_s, reason=item.reason):
        await queue.save(item)
        room.anchor = None
        room.touch()
        await rooms.save(room)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellSilence(Command[None]):
    """The player does not answer (`message`), or does again (None)."""

    fence: int
    message: Cause | None


async def tell_silence(command: TellSilence, rooms: RoomRepository, clock: Clock) -> None:
    """Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    if command.message is not None and room.status is not PlayerStatus.UNREACHABLE:
        room.status = PlayerStatus.UNREACHABLE
        room.test_tone = None  # not when nobody waits for it any more
        _freeze(room, clock)
        room.touch()
    room.say(command.message)
    await rooms.save(room)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSeek(Command[None]):
    """A jump was carried out, or has become pointless."""

    fence: int
    request_id: str


async def forget_seek(command: ForgetSeek, rooms: RoomRepository) -> None:
    """Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    if room.seek is not None and room.seek.request_id == command.request_id:
        room.seek = None
        await rooms.save(room)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetTestTone(Command[None]):
    """The player was told of it, whatever came of that."""

    fence: int
    request_id: str


async def forget_test_tone(command: ForgetTestTone, rooms: RoomRepository) -> None:
    """Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    if room.test_tone == command.request_id:
        room.test_tone = None
        await rooms.save(room)


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyQueue(Command[int]):
    """Put out of sight what has been seen long enough: failed items, old changes."""

    fence: int


async def tidy_queue(
    command: TidyQueue,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> int:
    """How many went. Raises `ConductorReplaced`."""
    room = await _led_by(command.fence, rooms)
    await changes.tidy(keep=KEPT, before=clock.now() - KEPT_FOR)
    count = await queue.dismiss_failed(before=clock.now() - FAILED_SHOWN_FOR)
    if count:
        room.touch()
        await rooms.save(room)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPlayerEvent(Command[bool]):
    """`after` is what happened directly before `event`, where nobody is to see one alone."""

    fence: int
    event: PlayerEvent
    after: PlayerEvent | None = None


async def apply_player_event(
    command: ApplyPlayerEvent, rooms: RoomRepository, queue: QueueRepository, clock: Clock
) -> bool:
    """Write down what the player did. False if that was known: each event counts once.

    Raises:
        ConductorReplaced: Another conductor leads by now.
    """
    room = await _led_by(command.fence, rooms)
    happened = (command.after, command.event) if command.after else (command.event,)
    if not any([await _count(room, event, queue, clock) for event in happened]):
        return False
    room.contact_at = clock.now()
    await rooms.save(room)
    return True


async def _count(room: Room, event: PlayerEvent, queue: QueueRepository, clock: Clock) -> bool:
    if isinstance(event.what, Heartbeat):
        return True
    if isinstance(event.what, Snapshot):
        await _meet(room, event.what, queue, clock)
    elif event.epoch != room.cursor.epoch or event.seq <= room.cursor.seq:
        return False
    else:
        await _apply(room, event.what, queue, clock)
    room.cursor = Cursor(event.epoch, event.seq)
    return True


async def _apply(room: Room, what: object, queue: QueueRepository, clock: Clock) -> None:
    match what:
        case Started(item_id, anchor):
            await _started(room, item_id, anchor, queue, clock)
        case Ended():
            await _ended(room, what, queue, clock)
        case Moved(anchor, status):
            _moved(room, anchor, status)
        case Broken(item_id, cause):
            await _broken(room, item_id, cause, queue, clock)
        case OutputChanged(output):
            room.output = output
            room.touch()
        case _:
            pass


async def _started(
    room: Room, item_id: ItemId, anchor: Anchor, queue: QueueRepository, clock: Clock
) -> None:
    playing = await queue.in_state(ItemState.PLAYING)
    if playing is not None and playing.id != item_id:
        await _end_unseen(room, playing, queue, clock)
    item = await _known(item_id, queue)
    if item is None:
        return
    if item.start(clock.now()):
        await queue.save(item)
    if item.state is ItemState.PLAYING:
        room.anchor = anchor
        room.touch()


async def _ended(room: Room, ended: Ended, queue: QueueRepository, clock: Clock) -> None:
    item = await _known(ended.item_id, queue)
    if item is None:
        return
    end = _ENDS[ended.reason]
    heard = item.heard_s + ended.played_s
    if not item.end(end, at=clock.now(), heard_s=heard, reason=item.reason):
        return
    await queue.save(item)
    if room.anchor is not None and room.anchor.item_id == item.id:
        room.anchor = None
    if end is End.FAILED:
        room.count_failure(item.title, item.reason or _UNPLAYABLE)
    else:
        room.failures = 0
    room.touch()


async def _broken(
    room: Room, item_id: ItemId, cause: Cause, queue: QueueRepository, clock: Clock
) -> None:
    item = await _known(item_id, queue)
    if item is None:
        return
    if item.state is ItemState.PLAYING:
        # Its end follows as an event of its own; this is where the reason is told.
        item.reason = cause
        await queue.save(item)
    elif item.end(End.FAILED, at=clock.now(), heard_s=0.0, reason=cause):
        await queue.save(item)
        room.count_failure(item.title, cause)


def _moved(room: Room, anchor: Anchor | None, status: PlayerStatus | None) -> None:
    if anchor is not None and room.anchor is not None and anchor.item_id == room.anchor.item_id:
        room.anchor = anchor
    if status is not None:
        _turn_to(room, status)
    room.touch()


def _turn_to(room: Room, status: PlayerStatus) -> None:
    if status is room.status:
        return
    if status is PlayerStatus.OUTPUT_LOST:
        room.say(OUTPUT_GONE)
    elif room.status in {PlayerStatus.OUTPUT_LOST, PlayerStatus.UNREACHABLE}:
        room.say(None)
    room.status = status


async def _meet(room: Room, seen: Snapshot, queue: QueueRepository, clock: Clock) -> None:
    """Bring what is written down in line with what the player does, without having seen it."""
    playing = await queue.in_state(ItemState.PLAYING)
    restarted = seen.epoch != room.cursor.epoch
    if playing is not None and restarted and seen.current != playing.id:
        # It is taken up again where it was last known to be.
        _freeze(room, clock)
        if room.anchor is not None:
            playing.heard_s = max(playing.heard_s, room.anchor.position_s)
            await queue.save(playing)
    elif seen.current is not None and seen.anchor is not None:
        await _started(room, seen.current, seen.anchor, queue, clock)
    elif playing is not None:
        await _end_unseen(room, playing, queue, clock)
    _turn_to(room, seen.status)
    room.output = seen.output
    room.touch()


async def _end_unseen(room: Room, item: QueueItem, queue: QueueRepository, clock: Clock) -> None:
    """The player has gone on while nobody looked; the song ended as far as one can tell."""
    heard = item.heard_s
    if room.anchor is not None and room.anchor.item_id == item.id:
        heard = max(heard, room.anchor.position_at(clock.now(), duration_s=item.duration_s))
        room.anchor = None
    end = End.SKIPPED if item.skip_request else End.PLAYED
    if item.end(end, at=clock.now(), heard_s=heard, reason=item.reason):
        await queue.save(item)
        room.touch()


def _freeze(room: Room, clock: Clock) -> None:
    """Stop the anchor where the player was last heard of."""
    anchor = room.anchor
    if anchor is None or anchor.rate == 0:
        return
    last = min(clock.now(), max(anchor.as_of, room.contact_at or anchor.as_of))
    room.anchor = Anchor(anchor.item_id, anchor.position_at(last), clock.now(), 0.0)


async def _known(item_id: ItemId, queue: QueueRepository) -> QueueItem | None:
    try:
        return await queue.get(item_id)
    except ItemNotFound:
        return None


async def _led_by(fence: int, rooms: RoomRepository) -> Room:
    room = await rooms.get()
    if room.fence != fence:
        raise ConductorReplaced("Another conductor leads now.", fence=str(room.fence))
    return room


def resume_at(anchor: Anchor | None, item_id: ItemId, duration_s: float | None) -> float:
    """Where to take a song up again, in seconds; never so near its end that nothing is heard."""
    if anchor is None or anchor.item_id != item_id:
        return 0.0
    if duration_s is None:
        return anchor.position_s
    return min(anchor.position_s, max(0.0, duration_s - _NEAR_END_S))


COMMANDS = (
    lock_head,
    fail_item,
    give_up_item,
    tell_silence,
    forget_seek,
    forget_test_tone,
    tidy_queue,
    apply_player_event,
)
