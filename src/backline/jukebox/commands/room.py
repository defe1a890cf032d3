"""What hosts may change about the room: its name and its rule."""

from dataclasses import asdict, dataclass
from typing import Any

from backline.jukebox.commands.queue import Changed
from backline.jukebox.domain.changes import Change, What
from backline.jukebox.domain.playback import skips_needed
from backline.jukebox.domain.policy import Policy
from backline.jukebox.domain.queue import check_host
from backline.jukebox.domain.tracks import Person
from backline.jukebox.ports import ChangeRepository, RoomRepository
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameRoom(Command[Changed]):
    name: str
    tagline: str
    if_revision: int | None = None


async def rename_room(
    command: RenameRoom,
    rooms: RoomRepository,
    changes: ChangeRepository,
    actor: Actor,
    clock: Clock,
) -> Changed:
    """Raises `NamelessVisitor`, `HostsOnly`, `StaleRevision` or `InvalidRoomName`."""
    check_host(actor, "name the room")
    room = await rooms.get()
    room.check_revision(command.if_revision)
    before = (room.name, room.tagline)
    room.rename(command.name, command.tagline)
    if (room.name, room.tagline) != before:
        details = {"name": room.name, "tagline": room.tagline}
        await changes.record(
            Change(what=What.NAMED, at=clock.now(), by=Person.of(actor), details=details)
        )
    await rooms.save(room)
    return Changed(room.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy(Command[Policy]):
    """`changes` holds the fields of `Policy` that get another value."""

    changes: dict[str, Any]
    if_revision: int | None = None


async def change_policy(
    command: ChangePolicy,
    rooms: RoomRepository,
    changes: ChangeRepository,
    actor: Actor,
    clock: Clock,
) -> Policy:
    """Raises `NamelessVisitor`, `HostsOnly`, `StaleRevision` or `InvalidPolicy`."""
    check_host(actor, "change how the queue plays")
    room = await rooms.get()
    room.check_revision(command.if_revision)
    before, room.policy = asdict(room.policy), room.policy.changed(command.changes)
    after = {name: new for name, new in asdict(room.policy).items() if new != before[name]}
    if after:
        details = {"before": {name: before[name] for name in after}, "after": after}
        await changes.record(
            Change(what=What.RULE, at=clock.now(), by=Person.of(actor), details=details)
        )
    room.touch()
    await rooms.save(room)
    return room.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPresence(Command[None]):
    """How many are in the room; what a share of those present is reckoned from."""

    present: int


async def report_presence(command: ReportPresence, rooms: RoomRepository) -> None:
    room = await rooms.get()
    if room.present == command.present:
        return
    share = room.policy.skip_share
    if skips_needed(share, room.present) != skips_needed(share, command.present):
        room.touch()
    room.present = command.present
    await rooms.save(room)


COMMANDS = (rename_room, change_policy, report_presence)
