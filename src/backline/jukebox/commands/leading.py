"""Who conducts: the lease, and that nobody holds it."""

from dataclasses import dataclass

from backline.jukebox.domain.playback import NOBODY_CONDUCTS
from backline.jukebox.ports import LeaseRepository, RoomRepository
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLease(Command[int | None]):
    owner: str
    for_s: float


async def take_lease(command: TakeLease, lease: LeaseRepository) -> int | None:
    """The fence, or None while another conductor leads."""
    return await lease.take(command.owner, for_s=command.for_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBackLease(Command[None]):
    owner: str


async def give_back_lease(command: GiveBackLease, lease: LeaseRepository) -> None:
    await lease.give_back(command.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAbsence(Command[bool]):
    """Nobody seems to conduct; told by whoever notices."""


async def tell_absence(command: TellAbsence, rooms: RoomRepository, lease: LeaseRepository) -> bool:
    """Say so, unless somebody conducts after all. False if there was nothing to say."""
    if await lease.is_held():
        return False
    room = await rooms.get()
    if room.message is not None:
        return False
    room.say(NOBODY_CONDUCTS)
    await rooms.save(room)
    return True


COMMANDS = (take_lease, give_back_lease, tell_absence)
