"""What people may ask of playback. A request is recorded; the conductor acts on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.changes import Change, Song, What
from backline.jukebox.domain.playback import (
    Action,
    ItemNotPlaying,
    NothingPlaying,
    PlaybackRequested,
    Room,
    SeekRequest,
    Wanted,
    check_position,
    check_volume,
    skips_needed,
)
from backline.jukebox.domain.queue import (
    ItemId,
    ItemState,
    QueueItem,
    check_host,
    check_known,
)
from backline.jukebox.domain.tracks import Person
from backline.jukebox.ports import ChangeRepository, QueueRepository, RoomRepository
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command

_IN_WORDS = {
    Action.PLAY: "start playback",
    Action.PAUSE: "pause playback",
    Action.RESUME: "resume playback",
    Action.SKIP: "skip somebody else's song; everybody may vote to skip it",
    Action.STOP: "stop playback",
    Action.SEEK: "jump within a song",
    Action.VOLUME: "change the volume",
}
_CALLED = {
    Action.PLAY: What.STARTED,
    Action.RESUME: What.STARTED,
    Action.PAUSE: What.PAUSED,
    Action.STOP: What.STOPPED,
    Action.SKIP: What.SKIPPED,
    Action.VOLUME: What.VOLUME,
    Action.OUTPUT: What.OUTPUT,
    Action.CROSSFADE: What.CROSSFADE,
}
_OF_A_SONG = {What.STARTED, What.PAUSED, What.STOPPED, What.SKIPPED}
_SKIP_VOTE = "skip-vote-"
_ONE_ADJUSTMENT_S = 30.0
_TONE_WANTED_FOR = timedelta(seconds=10)
_NEEDS_SONG = {Action.PAUSE, Action.SKIP, Action.SEEK}


@dataclass(frozen=True, slots=True)
class Requested:
    """A request is on its way to the conductor; its effect shows in a later revision."""

    request_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPlayback(Command[Requested]):
    """`item_id` is the song that the caller sees playing; None for whichever plays now."""

    action: Action
    item_id: ItemId | None = None
    position_s: float | None = None
    volume: float | None = None
    muted: bool | None = None


async def request_playback(
    command: RequestPlayback, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> Requested:
    """Ask the conductor for something. Everybody may skip their own song.

    Raises:
        NamelessVisitor, HostsOnly, NothingPlaying, ItemNotPlaying, OutOfRange: As they say.
    """
    what = _IN_WORDS[command.action]
    check_known(actor, what)
    room = await rooms.get()
    playing = await queue.in_state(ItemState.PLAYING)
    own = playing is not None and playing.added_by.id == actor.id
    if not (command.action is Action.SKIP and own):
        check_host(actor, what)
    check_volume(command.volume)
    if command.position_s is not None:
        check_position(command.position_s)
    item_id = None
    if command.action in _NEEDS_SONG:
        item_id = _meant(playing, command.item_id).id
    request_id = str(uuid7())
    room.events.append(
        PlaybackRequested(
            request_id=request_id,
            action=command.action,
            actor_id=actor.id,
            actor_name=actor.name,
            item_id=item_id,
            position_s=command.position_s,
            volume=command.volume,
            muted=command.muted,
        )
    )
    return Requested(request_id, room.revision)


def _meant(playing: QueueItem | None, item_id: ItemId | None) -> QueueItem:
    if playing is None:
        raise NothingPlaying("Nothing is playing. Add a song, or press play if some are waiting.")
    if item_id is not None and item_id != playing.id:
        raise ItemNotPlaying(
            f"That song has ended already. “{playing.title}” is playing now.",
            item_id=playing.id,
            title=playing.title,
        )
    return playing


@dataclass(frozen=True, slots=True)
class SkipTally:
    """How many want what plays to end, how many it takes, and whether the caller does."""

    votes: int
    needed: int
    voted: bool
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteToSkip(Command[SkipTally]):
    """`present` is how many are in the room right now."""

    present: int
    item_id: ItemId | None = None


async def vote_to_skip(
    command: VoteToSkip, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> SkipTally:
    """Want what plays to end; enough of those present end it. Voting twice counts once.

    Raises:
        NamelessVisitor, NothingPlaying, ItemNotPlaying: As they say.
    """
    check_known(actor, "vote to skip")
    room = await rooms.get()
    playing = _meant(await queue.in_state(ItemState.PLAYING), command.item_id)
    needed = skips_needed(room.policy.skip_share, max(command.present, room.present))
    if await queue.skip_vote(playing.id, actor.id):
        room.touch()
    votes = await queue.skip_votes(playing.id)
    if votes >= needed and playing.skip_request is None:
        room.events.append(
            PlaybackRequested(
                request_id=f"{_SKIP_VOTE}{playing.id}",
                action=Action.SKIP,
                actor_id=actor.id,
                actor_name=actor.name,
                item_id=playing.id,
            )
        )
    await rooms.save(room)
    return SkipTally(votes, needed, voted=True, revision=room.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackSkipVote(Command[SkipTally]):
    present: int


async def take_back_skip_vote(
    command: TakeBackSkipVote, rooms: RoomRepository, queue: QueueRepository, actor: Actor
) -> SkipTally:
    """Raises `NamelessVisitor` or `NothingPlaying`."""
    check_known(actor, "vote to skip")
    room = await rooms.get()
    playing = _meant(await queue.in_state(ItemState.PLAYING), None)
    if await queue.take_back_skip_vote(playing.id, actor.id):
        room.touch()
        await rooms.save(room)
    votes = await queue.skip_votes(playing.id)
    needed = skips_needed(room.policy.skip_share, max(command.present, room.present))
    return SkipTally(votes, needed, voted=False, revision=room.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlaybackRequest(Command[bool]):
    """A `PlaybackRequested` has arrived over the event log."""

    request_id: str
    action: Action
    actor_name: str = ""
    item_id: ItemId | None = None
    position_s: float | None = None
    volume: float | None = None
    muted: bool | None = None
    output: str | None = None
    crossfade_s: float | None = None
    asked_at: datetime | None = None
    actor_id: int = 0


async def take_playback_request(
    command: TakePlaybackRequest,
    rooms: RoomRepository,
    queue: QueueRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> bool:
    """Write down what is wanted, for the conductor to bring about.

    False if it has become pointless: the song that was meant has ended, or nobody waits for the
    test tone any more.
    """
    if command.asked_at is not None and clock.now() - command.asked_at > _TONE_WANTED_FOR:
        return False
    room = await rooms.get()
    playing = await queue.in_state(ItemState.PLAYING)
    if command.item_id is not None and (playing is None or playing.id != command.item_id):
        return False
    before = (room.wanted, room.volume, room.muted, room.wanted_output, room.crossfade_s)
    skipping = playing is not None and playing.skip_request is None
    await _take(command, room, playing, queue)
    after = (room.wanted, room.volume, room.muted, room.wanted_output, room.crossfade_s)
    skipped = command.action is Action.SKIP and skipping
    if before != after or skipped:
        await _write_down(command, room, playing, changes, at=clock.now())
    await rooms.save(room)
    rooms.wake()
    return True


async def _take(
    command: TakePlaybackRequest, room: Room, playing: QueueItem | None, queue: QueueRepository
) -> None:
    match command.action:
        case Action.PLAY | Action.RESUME:
            room.want(Wanted.PLAYING, command.request_id)
        case Action.PAUSE:
            room.want(Wanted.PAUSED, command.request_id)
        case Action.STOP:
            room.want(Wanted.STOPPED, command.request_id)
        case Action.SKIP if playing is not None and playing.skip_request is None:
            playing.skip_request = command.request_id
            name = command.actor_name
            playing.reason = Cause.by(name, CauseCode.SKIPPED, "Skipped") if name else None
            await queue.save(playing)
            room.want(Wanted.PLAYING, command.request_id)
        case Action.SEEK if playing is not None and command.position_s is not None:
            room.seek = SeekRequest(command.request_id, playing.id, command.position_s)
        case Action.VOLUME:
            room.volume = room.volume if command.volume is None else command.volume
            room.muted = room.muted if command.muted is None else command.muted
            room.volume_by = command.request_id
            room.touch()
        case Action.OUTPUT if command.output is not None:
            room.wanted_output, room.wanted_output_by = command.output, command.request_id
        case Action.CROSSFADE if command.crossfade_s is not None:
            room.crossfade_s = command.crossfade_s
        case Action.TEST_TONE:
            room.test_tone = command.request_id
        case _:
            pass


async def _write_down(
    command: TakePlaybackRequest,
    room: Room,
    playing: QueueItem | None,
    changes: ChangeRepository,
    *,
    at: datetime,
) -> None:
    what = _CALLED.get(command.action)
    if what is None:
        return
    by = Person(command.actor_id, command.actor_name) if command.actor_name else None
    song = Song.of(playing) if playing is not None and what in _OF_A_SONG else None
    details: dict[str, object] = {}
    if what is What.SKIPPED and command.request_id.startswith(_SKIP_VOTE):
        by, details = None, {"by_votes": True}
    elif what is What.VOLUME:
        details = {"volume": room.volume, "muted": room.muted}
    elif what is What.CROSSFADE:
        details = {"seconds": room.crossfade_s}
    change = Change(what=what, at=at, by=by, song=song, details=details)
    if what in {What.VOLUME, What.CROSSFADE}:
        await changes.merge(change, within_s=_ONE_ADJUSTMENT_S)
    else:
        await changes.record(change)


COMMANDS = (request_playback, vote_to_skip, take_back_skip_vote, take_playback_request)
