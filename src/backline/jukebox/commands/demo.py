"""Content for trying: asked for by hosts, made by the box itself, all of it marked."""

from dataclasses import dataclass

from backline.jukebox.commands.queue import AddAllToQueue, add_all_to_queue
from backline.jukebox.commands.tracks import admit
from backline.jukebox.domain.demo import (
    DemoAction,
    DemoPlay,
    DemoState,
    DemoStep,
    DemoStillPlaying,
    Made,
    RoomInUse,
)
from backline.jukebox.domain.playback import UNNAMED
from backline.jukebox.domain.queue import WAITING, ItemId, ItemState, check_host
from backline.jukebox.domain.tracks import Person, Track, TrackAlreadyHere, TrackId
from backline.jukebox.domain.wishes import Added, Wish
from backline.jukebox.ports import (
    ChangeRepository,
    QueueRepository,
    RoomRepository,
    StoredFile,
    TrackRepository,
    WishRepository,
)
from backline.jukebox.ports.demo import DemoRepository
from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command

MOST_S = 600.0

_IN_USE = (
    "People have queued or heard songs of their own in this room. Demo content would stand among "
    "them, in the queue and in the history."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDemo(Command[None]):
    """`force`: also where people have songs of their own. `most_s`: no sound is longer."""

    action: DemoAction
    force: bool = False
    most_s: float = MOST_S


async def request_demo(
    command: RequestDemo, actor: Actor, demos: DemoRepository, clock: Clock
) -> None:
    """Have the worker fill the room, or take away what it made.

    Raises:
        NamelessVisitor, HostsOnly, RoomInUse, DemoBusy: As they say.
    """
    check_host(actor, "fill the room with demo content")
    demo = await demos.get()
    if command.action is DemoAction.FILL and not command.force and await demos.room_is_in_use():
        raise RoomInUse(_IN_USE)
    demo.request(command.action, most_s=command.most_s, at=clock.now())
    await demos.save(demo)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDemo(Command[None]):
    """How far the worker is."""

    state: DemoState
    step: DemoStep
    fraction: float
    error: str | None = None


async def tell_demo(command: TellDemo, actor: Actor, demos: DemoRepository, clock: Clock) -> None:
    require_role(actor, Role.ADMIN)
    demo = await demos.get()
    demo.state, demo.step, demo.error = command.state, command.step, command.error
    demo.fraction, demo.at = command.fraction, clock.now()
    await demos.save(demo)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameDemoRoom(Command[bool]):
    name: str
    tagline: str


async def name_demo_room(
    command: NameDemoRoom, actor: Actor, demos: DemoRepository, rooms: RoomRepository
) -> bool:
    """Name the room unless somebody has; whether that was so."""
    require_role(actor, Role.ADMIN)
    room = await rooms.get()
    if room.named:
        return False
    room.rename(command.name, command.tagline)
    await rooms.save(room)
    await demos.mark(Made.ROOM, command.name, command.tagline)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDemoTrack(Command[TrackId]):
    """`key` is what the demo knows it by; a wish of `wished_by` stands from the first moment on."""

    key: str
    file_name: str
    file: StoredFile
    content_type: str
    by: Person
    wished_by: Actor | None = None


async def add_demo_track(
    command: AddDemoTrack,
    *,
    actor: Actor,
    demos: DemoRepository,
    tracks: TrackRepository,
    rooms: RoomRepository,
    queue: QueueRepository,
    wishes: WishRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> TrackId:
    """The track, new or of the same bytes."""
    require_role(actor, Role.ADMIN)
    track = Track.upload(
        file_name=command.file_name,
        sha256=command.file.sha256,
        size=command.file.size,
        content_type=command.content_type,
        by=command.by,
        at=clock.now(),
    )
    try:
        track_id = await admit(track, tracks)
        await demos.mark(Made.TRACK, command.key, track_id)
    except TrackAlreadyHere as known:
        track_id = TrackId(known.metadata["track_id"])
    if command.wished_by is not None:
        wish = Wish(track_id, command.wished_by)
        await _wish(
            command.key,
            wish,
            demos=demos,
            rooms=rooms,
            queue=queue,
            wishes=wishes,
            changes=changes,
            clock=clock,
        )
    return track_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForDemoTrack(Command[None]):
    """Once more, for a track that is there."""

    key: str
    track_id: TrackId
    wished_by: Actor


async def wish_for_demo_track(
    command: WishForDemoTrack,
    *,
    actor: Actor,
    demos: DemoRepository,
    rooms: RoomRepository,
    queue: QueueRepository,
    wishes: WishRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> None:
    """As far as the room's rule lets them."""
    require_role(actor, Role.ADMIN)
    wish = Wish(command.track_id, command.wished_by)
    await _wish(
        command.key,
        wish,
        demos=demos,
        rooms=rooms,
        queue=queue,
        wishes=wishes,
        changes=changes,
        clock=clock,
    )


async def _wish(
    key: str,
    wish: Wish,
    *,
    demos: DemoRepository,
    rooms: RoomRepository,
    queue: QueueRepository,
    wishes: WishRepository,
    changes: ChangeRepository,
    clock: Clock,
) -> None:
    (outcome,) = await add_all_to_queue(
        AddAllToQueue(wishes=(wish,)),
        rooms=rooms,
        queue=queue,
        wishes=wishes,
        changes=changes,
        clock=clock,
    )
    # A refusal by the rule is as it should be: the demo's people are people like others.
    if isinstance(outcome, Added):
        await demos.mark(Made.ITEM, f"{key}/{outcome.item_id}", outcome.item_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDemoHistory(Command[int]):
    plays: tuple[DemoPlay, ...]


async def write_demo_history(
    command: WriteDemoHistory, actor: Actor, demos: DemoRepository, rooms: RoomRepository
) -> int:
    """Write what nobody has heard into the history, once, and mark it; how many there were.

    No `TrackPlayed` is published: nothing was played.
    """
    require_role(actor, Role.ADMIN)
    room = await rooms.get()
    if await demos.made(Made.PLAYED):
        return 0
    for number, play in enumerate(command.plays):
        item_id = await demos.add_played(play)
        await demos.mark(Made.PLAYED, f"{number:03}", item_id)
    room.touch()
    await rooms.save(room)
    return len(command.plays)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearDemo(Command[ItemId | None]):
    pass


async def clear_demo(
    command: ClearDemo,
    *,
    actor: Actor,
    demos: DemoRepository,
    rooms: RoomRepository,
    queue: QueueRepository,
    clock: Clock,
) -> ItemId | None:
    """Take the demo's songs out of what waits; the one that still plays, if one does."""
    require_role(actor, Role.ADMIN)
    room = await rooms.get()
    playing = None
    for item_id in await demos.live():
        item = await queue.get(item_id)
        if item.state in WAITING:
            item.remove(actor, at=clock.now())
            await queue.save(item)
        elif item.state is ItemState.PLAYING:
            playing = item.id
    room.touch()
    await rooms.save(room)
    return playing


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetDemo(Command[None]):
    """`people` are those whom the demo made."""

    people: tuple[int, ...]


async def forget_demo(
    command: ForgetDemo,
    *,
    actor: Actor,
    demos: DemoRepository,
    rooms: RoomRepository,
    tracks: TrackRepository,
    queue: QueueRepository,
    clock: Clock,
) -> None:
    """Delete what the demo made. A track that somebody else wishes for stays until it has played.

    Raises:
        DemoStillPlaying: One of its songs is with the player.
    """
    require_role(actor, Role.ADMIN)
    loaded = [await tracks.get(track_id) for track_id in await demos.tracks_left()]
    room = await rooms.get()
    if await demos.live():
        raise DemoStillPlaying("A song of the demo is still playing. Skip it, then try again.")
    await demos.forget_items(command.people)
    for track in loaded:
        if not await queue.is_in_use(track.id):
            track.delete(actor, at=clock.now())
            await tracks.save(track)
    named = await demos.made(Made.ROOM)
    if named.get(room.name) == room.tagline:
        room.rename(UNNAMED, "")
    room.touch()
    await rooms.save(room)
    await demos.forget_marks()


COMMANDS = (
    request_demo,
    tell_demo,
    name_demo_room,
    add_demo_track,
    wish_for_demo_track,
    write_demo_history,
    clear_demo,
    forget_demo,
)
