"""A consumer that dies at a step of parking loses nothing and overtakes nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered, Partition
from backline.kit.messaging.parking.port import DeadLetter, Decision, Held, ParkedKey, Refusal
from backline.kit.testing.contracts.event_log.scenes import (
    TOPIC,
    a_record,
    consuming,
    numbered,
    publish,
)
from backline.kit.testing.contracts.parking.scenes import (
    GROUP,
    BothSides,
    Picky,
    decide,
    until_empty,
    until_waiting,
)
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog


class Deathbed:
    """A parking whose consumer comes to its end right before or right after one step.

    What reaches the database stays there; the consumer never hears of it, as in a crash.
    """

    def __init__(self, parking: BothSides, step: str, *, done: bool) -> None:
        self._parking = parking
        self.keeps_order = parking.keeps_order
        self._step = step
        self._done = done
        self.reached = asyncio.Event()

    async def recall(self, group: str, partition: Partition) -> Held:
        return await self._parking.recall(group, partition)

    async def park(self, group: str, message: Delivered, refusal: Refusal) -> None:
        await self._before("park")
        await self._parking.park(group, message, refusal)
        await self._after("park")

    async def keep(self, group: str, messages: Sequence[Delivered]) -> None:
        await self._before("keep")
        await self._parking.keep(group, messages)
        await self._after("keep")

    async def first(self, group: str, parked: ParkedKey, *, after: int = -1) -> DeadLetter | None:
        return await self._parking.first(group, parked, after=after)

    async def refuse(self, letter: DeadLetter, refusal: Refusal) -> None:
        await self._before("refuse")
        await self._parking.refuse(letter, refusal)
        await self._after("refuse")

    async def settle(self, letter: DeadLetter) -> None:
        await self._before("settle")
        await self._parking.settle(letter)
        await self._after("settle")

    async def decided(self, group: str) -> Sequence[ParkedKey]:
        return await self._parking.decided(group)

    def decisions(self, until: asyncio.Event) -> AsyncIterator[None]:
        return self._parking.decisions(until)

    async def _before(self, step: str) -> None:
        if step == self._step and not self._done:
            await self._die()

    async def _after(self, step: str) -> None:
        if step == self._step and self._done:
            await self._die()

    async def _die(self) -> None:
        self.reached.set()
        await asyncio.Event().wait()


async def live_until(step: Deathbed, log: MemoryEventLog, handler: Picky) -> None:
    """Consume, and die at `step` without a last word."""
    stop = asyncio.Event()
    life = asyncio.create_task(
        consume(log, [TOPIC], GROUP, handler, stop, parking=step, drain_s=0.01)
    )
    await step.reached.wait()
    life.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await life


class CrashCases:
    """Deaths, and what the next owner makes of them."""

    @pytest.mark.parametrize("done", [False, True])
    @pytest.mark.parametrize("step", ["park", "keep"])
    async def test_a_death_while_parking(
        self, parking: BothSides, step: str, *, done: bool
    ) -> None:
        log, seen = MemoryEventLog(), Picky(1)
        await publish(log, numbered(4, keys=1))

        await live_until(Deathbed(parking, step, done=done), log, seen)
        async with consuming(log, seen, GROUP, parking=parking):
            (letter,) = await until_waiting(parking, behind=2)
            assert letter.message.payload == b"1"
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await until_empty(parking)

        assert once_each(seen) == [0, 1, 2, 3]

    @pytest.mark.parametrize("done", [False, True])
    @pytest.mark.parametrize("decision", list(Decision))
    async def test_a_death_while_settling(
        self, parking: BothSides, decision: Decision, *, done: bool
    ) -> None:
        log, seen = MemoryEventLog(), Picky(1)
        await publish(log, numbered(4, keys=1))
        async with consuming(log, seen, GROUP, parking=parking):
            (letter,) = await until_waiting(parking, behind=2)
        seen.refused.clear()
        await decide(parking, letter, decision)

        await live_until(Deathbed(parking, "settle", done=done), log, seen)
        async with consuming(log, seen, GROUP, parking=parking):
            await until_empty(parking)

        assert once_each(seen) == ([0, 1, 2, 3] if decision is Decision.REPLAY else [0, 2, 3])

    @pytest.mark.parametrize("done", [False, True])
    async def test_a_death_while_it_fails_again(self, parking: BothSides, *, done: bool) -> None:
        log, seen = MemoryEventLog(), Picky(1)
        await publish(log, numbered(4, keys=1))
        async with consuming(log, seen, GROUP, parking=parking):
            (letter,) = await until_waiting(parking, behind=2)
        await decide(parking, letter, Decision.REPLAY)

        await live_until(Deathbed(parking, "refuse", done=done), log, seen)
        async with consuming(log, seen, GROUP, parking=parking):
            await until_waiting(parking, behind=2)
            seen.refused.clear()
            await decide(parking, letter, Decision.REPLAY)
            await until_empty(parking)

        assert once_each(seen) == [0, 1, 2, 3]

    async def test_what_was_discarded_stays_so_when_the_log_delivers_it_again(
        self, parking: BothSides
    ) -> None:
        log, seen = MemoryEventLog(), Picky(0)
        await publish(log, numbered(2, keys=1))
        async with consuming(log, seen, GROUP, parking=parking):
            (letter,) = await until_waiting(parking, behind=1)
            await decide(parking, letter, Decision.DISCARD)
            await until_empty(parking)

        seen.refused.clear()
        forgetful = MemoryEventLog()
        forgetful.partitions.update(log.partitions)
        async with consuming(forgetful, seen, GROUP, parking=parking):
            await publish(forgetful, [a_record("key 0", b"2")], source="another")
            await eventually(lambda: 2 in seen.numbers)  # noqa: PLR2004 - the last one

        assert seen.numbers == [1, 1, 2]


def once_each(seen: Picky) -> list[int]:
    """What an inbox lets through: each message the first time it comes."""
    first: dict[UUID, int] = {}
    for message in seen.messages:
        first.setdefault(message.id, int(message.payload))
    return list(first.values())
