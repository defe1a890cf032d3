"""What the owner of one partition remembers of its parking: no query per message.

Whatever it writes is in the database before it returns, and an absent database is waited for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import structlog

from backline.kit.core.errors import BacklineError, Kind
from backline.kit.db.outage import Patience
from backline.kit.messaging.log import Delivered, Partition
from backline.kit.messaging.parking.port import (
    DeadLetter,
    Decision,
    ParkedKey,
    Parking,
    Refusal,
)

log = structlog.get_logger(__name__)
R = TypeVar("R")
_LONGEST_DETAIL = 4_000


class Leaving(Exception):
    """The partition is about to go: begin nothing more of it."""


class ParkedKeys:
    """The parked keys of one partition.

    Args:
        closing: Set when the partition goes; whatever waits here then raises `Leaving`.

    Attributes:
        known: Whether `recall` has ended; before that, no message may be judged.
        due: Keys that people have decided about.
    """

    def __init__(
        self, parking: Parking, group: str, partition: Partition, closing: asyncio.Event
    ) -> None:
        self._parking = parking
        self._group = group
        self._partition = partition
        self._closing = closing
        self._keys: set[str] = set()
        self._discarded: set[UUID] = set()
        self.known = False
        self.due: set[str] = set()

    def __contains__(self, key: str) -> bool:
        """Whether the messages of `key` have to wait."""
        return self._parking.keeps_order and key in self._keys

    def is_discarded(self, message: Delivered) -> bool:
        """Whether people have thrown `message` away when it came before."""
        return message.id in self._discarded

    async def recall(self) -> None:
        """Read what earlier owners left behind."""
        held = await self._insist(lambda: self._parking.recall(self._group, self._partition))
        self._keys |= held.keys
        self._discarded |= held.discarded
        self.due |= held.due
        self.known = True

    async def park(self, message: Delivered, refusal: Refusal) -> None:
        """Park `message`, and with it its key."""
        await self._insist(lambda: self._parking.park(self._group, message, refusal))
        self._keys.add(message.key)

    async def keep(self, messages: Sequence[Delivered]) -> None:
        """Keep `messages`, whose key is parked, behind what is there."""
        await self._insist(lambda: self._parking.keep(self._group, messages))

    async def next_due(self, key: str, after: DeadLetter | None = None) -> DeadLetter | None:
        """What is to be worked off next of `key`; None if it waits for people, or is free.

        Args:
            after: The one that was settled last.
        """
        parked = ParkedKey(self._partition, key)
        offset = -1 if after is None else after.message.offset
        letter = await self._insist(lambda: self._parking.first(self._group, parked, after=offset))
        if letter is None:
            self._keys.discard(key)
            return None
        self._keys.add(key)
        return None if letter.waits_for_people else letter

    async def refuse(self, letter: DeadLetter, refusal: Refusal) -> None:
        await self._insist(lambda: self._parking.refuse(letter, refusal))

    async def settle(self, letter: DeadLetter) -> None:
        await self._insist(lambda: self._parking.settle(letter))
        if letter.decision is Decision.DISCARD:
            self._discarded.add(letter.message.id)
        if letter.decision is not None:
            log.info(
                "dead_letter_settled",
                group=self._group,
                type=letter.message.type,
                key=letter.message.key,
                id=str(letter.message.id),
                decision=letter.decision.value,
                by=letter.decided_by,
            )

    async def _insist(self, ask: Callable[[], Awaitable[R]]) -> R:
        """Ask until there is an answer.

        Raises:
            Leaving: The partition goes first.
        """
        patience = Patience(f"consumer {self._group}, parking")
        while not self._closing.is_set():
            try:
                answer = await ask()
            except Exception as error:  # noqa: BLE001 - it must be parked before it is passed
                await patience.wait(error, self._closing)
            else:
                patience.over()
                return answer
        raise Leaving


def refusal_of(error: Exception, attempts: int) -> Refusal:
    """What there is to say about a message that ended in `error`."""
    if isinstance(error, BacklineError):
        return Refusal(error.reason, _plain(str(error)), attempts)
    detail = f"{type(error).__name__}: {error}"
    return Refusal(Kind.INTERNAL.name, _plain(detail), attempts)


def _plain(detail: str) -> str:
    """`detail` as a database can keep it; one that it refused would never be parked."""
    return detail[:_LONGEST_DETAIL].encode(errors="replace").decode().replace("\0", "\\0")
