"""Who conducts: the lease."""

from dataclasses import dataclass

from backline.jukebox.ports import LeaseRepository
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


COMMANDS = (take_lease, give_back_lease)
