"""What happens to parked messages in their contract."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from typing_extensions import override

from backline.kit.core.errors import FailedPrecondition
from backline.kit.core.ids import uuid7
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.parking.port import (
    DeadLetter,
    DeadLetters,
    Decision,
    ParkedKey,
    Parking,
    Refusal,
)
from backline.kit.testing.contracts.event_log.scenes import TOPIC, Seen
from backline.kit.testing.eventually import eventually

GROUP = "group"
NEVER = Refusal("NEVER", "This cannot be.", attempts=1)
KEY = "key 0"


class BothSides(Parking, DeadLetters, Protocol):
    """An adapter as consumers and as people see it."""


class Never(FailedPrecondition):
    """Not worth a retry."""


def a_message(offset: int, key: str = KEY) -> Delivered:
    return Delivered(
        id=uuid7(),
        topic=TOPIC,
        key=key,
        type=f"{TOPIC}.Happened",
        payload=str(offset).encode(),
        headers={"traceparent": "00-ab-cd-01"},
        partition=3,
        offset=offset,
        at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC),
    )


def parked_key(key: str = KEY) -> ParkedKey:
    return ParkedKey(a_message(0).source, key)


class Picky(Seen):
    """Refuses some messages, by their number, until it is told not to."""

    def __init__(self, *refused: int) -> None:
        super().__init__()
        self.refused = set(refused)

    @override
    async def __call__(self, message: Delivered) -> None:
        if int(message.payload) in self.refused:
            raise Never("This cannot be. Send another.")
        await super().__call__(message)


async def until_waiting(
    letters: DeadLetters, *, keys: int = 1, behind: int = 0
) -> Sequence[DeadLetter]:
    """The first letters, as soon as so many keys stand still with so much behind each."""

    async def found() -> Sequence[DeadLetter] | None:
        waiting = await letters.waiting()
        ready = [one for one in waiting if one.waits_for_people and one.behind == behind]
        return ready if len(ready) == keys else None

    return await eventually(found) or ()


async def until_empty(letters: DeadLetters) -> None:
    async def empty() -> bool:
        return not await letters.waiting()

    await eventually(empty)


async def first_of(letters: DeadLetters, key: str) -> DeadLetter:
    """The first letter of `key`."""
    (found,) = [one for one in await letters.waiting() if one.message.key == key]
    return found


async def decide(letters: DeadLetters, letter: DeadLetter, decision: Decision) -> None:
    await letters.decide(letter.id, decision, by="Ada")
