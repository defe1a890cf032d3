"""What a consumer group could not handle, and what people decide about it.

A message that fails for good parks its key: it becomes a dead letter, and whatever comes later
under the same key is kept behind it, in order, until somebody decides. Other keys go on. Only the
owner of a partition parks, replays and discards; people leave it a mark.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from backline.kit.core.errors import FailedPrecondition, NotFound
from backline.kit.messaging.log import Delivered, Partition


class Decision(StrEnum):
    """What people want to become of a dead letter."""

    REPLAY = "replay"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message could not be handled.

    Attributes:
        reason: The refusal's class in UPPER_SNAKE; `INTERNAL` for a bug.
        detail: What was said about it.
        attempts: How often it was tried.
    """

    reason: str
    detail: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that waits.

    Attributes:
        id: UUIDv7; of the letter, not of the message: two groups may have parked the same one.
        refusal: None for one that only waits behind another of its key.
        decision: What is to become of it; None as long as nobody has decided.
        decided_by: Who did, by name.
        behind: How many later messages of its key wait for it.
    """

    id: UUID
    group: str
    message: Delivered
    parked_at: datetime
    refusal: Refusal | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    behind: int = 0

    @property
    def waits_for_people(self) -> bool:
        return self.refusal is not None and self.decision is None


class ParkedKey(NamedTuple):
    """A key of which something is parked."""

    partition: Partition
    key: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the new owner of a partition has to know.

    Attributes:
        keys: Those that are parked.
        due: Those of them whose first letter may be worked off.
        discarded: Ids of messages that shall not be handled should they come again.
    """

    keys: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    discarded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Tally:
    """How much waits.

    Attributes:
        messages: All of them, those behind others too.
        keys: How many keys stand still.
        oldest: When the first of them was parked.
    """

    messages: int = 0
    keys: int = 0
    oldest: datetime | None = None


class DeadLetterNotFound(NotFound):
    """It was never there, or has been replayed or discarded."""

    def __init__(self, letter_id: UUID) -> None:
        super().__init__(
            f"There is no dead letter {letter_id}. List them: it may have been settled already.",
            letter_id=str(letter_id),
        )


class WaitsBehindAnother(FailedPrecondition):
    """The order of its key would be broken."""

    def __init__(self, first: UUID) -> None:
        super().__init__(
            f"It waits behind {first} of the same key. Replay or discard that one first;"
            " what waits behind it follows by itself.",
            first_id=str(first),
        )


class Parking(Protocol):
    """For consumers. Every statement is permanent when it returns.

    Attributes:
        keeps_order: Whether what comes after a parked message of its key waits behind it. Not
            where a message that is passed over does less harm than a key that stands still.
    """

    keeps_order: bool

    async def recall(self, group: str, partition: Partition) -> Held:
        """What earlier owners of `partition` left behind."""
        ...

    async def park(self, group: str, message: Delivered, refusal: Refusal) -> None:
        """Keep a message that cannot be handled. Twice is once."""
        ...

    async def keep(self, group: str, messages: Sequence[Delivered]) -> None:
        """Keep later messages of parked keys behind what is there. Twice is once."""
        ...

    async def first(self, group: str, parked: ParkedKey, *, after: int = -1) -> DeadLetter | None:
        """The earliest letter of a key, without `behind`; None once the key is free.

        Args:
            after: Nothing is there at this offset or below it. Who has just settled thousands
                need not be led past where they were.
        """
        ...

    async def refuse(self, letter: DeadLetter, refusal: Refusal) -> None:
        """It failed again: it waits for people, unless they want it discarded by now."""
        ...

    async def settle(self, letter: DeadLetter) -> None:
        """It was replayed, and is forgotten; or is discarded, and its id is remembered."""
        ...

    async def decided(self, group: str) -> Sequence[ParkedKey]:
        """The keys whose first letter people have decided about."""
        ...

    def decisions(self, until: asyncio.Event) -> AsyncIterator[None]:
        """Yield whenever there may be decisions: at once, soon after each, and every second."""
        ...


class DeadLetters(Protocol):
    """For people."""

    async def waiting(
        self, *, group: str | None = None, after: UUID | None = None, limit: int = 50
    ) -> Sequence[DeadLetter]:
        """The first letter of each parked key, those that wait longest first.

        Args:
            after: The letter that the page before ended with.
        """
        ...

    async def get(self, letter_id: UUID) -> DeadLetter:
        """One of them.

        Raises:
            DeadLetterNotFound: It is not there (any more).
        """
        ...

    async def behind(self, letter: DeadLetter, limit: int = 50) -> Sequence[DeadLetter]:
        """What waits for it, in order."""
        ...

    async def decide(self, letter_id: UUID, decision: Decision, *, by: str) -> DeadLetter:
        """Leave a mark for the consumer. Until it has acted, the decision can be changed.

        Raises:
            DeadLetterNotFound: It is not there (any more).
            WaitsBehindAnother: A replay would overtake an earlier message of the key.
        """
        ...

    async def tally(self) -> Tally:
        """How much waits for people or behind what does."""
        ...
