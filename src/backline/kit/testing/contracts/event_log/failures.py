"""Handlers that fail, hang, or are stopped in the middle."""

import asyncio

from backline.kit.core.errors import FailedPrecondition, ResourceExhausted, Unavailable
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered, EventLog
from backline.kit.messaging.parking.port import Refusal
from backline.kit.testing.contracts.event_log.scenes import (
    KEYS,
    MANY,
    TOPIC,
    Seen,
    a_record,
    consuming,
    numbered,
    publish,
)
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking, parked_with


class NotNow(ResourceExhausted):
    """Worth a retry."""


class Never(FailedPrecondition):
    """Not worth a retry."""


class FailureCases:
    """What goes wrong with messages."""

    async def test_what_fails_for_a_moment_is_tried_again_in_its_place(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()
        failures = 3

        async def handle(message: Delivered) -> None:
            nonlocal failures
            if message.payload == b"0" and failures:
                failures -= 1
                raise NotNow("Not now. Try again.")
            await seen(message)

        parking = MemoryParking()
        await publish(event_log, numbered(10, keys=1))
        async with consuming(event_log, handle, parking=parking):
            await eventually(lambda: len(seen.messages) == 10)  # noqa: PLR2004

        assert seen.numbers == list(range(10))
        assert await parking.waiting() == []

    async def test_a_refused_message_parks_its_key_and_the_others_go_on(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()
        parking = MemoryParking()
        tries = 0

        async def handle(message: Delivered) -> None:
            nonlocal tries
            if message.payload == b"2":
                tries += 1
                raise Never("This cannot be. Send another.")
            await seen(message)

        await publish(event_log, numbered(8, keys=2))
        async with consuming(event_log, handle, parking=parking):
            (first,) = await eventually(lambda: parked_with(parking, behind=2))
            await eventually(lambda: len(seen.messages) == 5)  # noqa: PLR2004

        assert first.refusal == Refusal("NEVER", "This cannot be. Send another.", attempts=1)
        assert (first.message.payload, tries) == (b"2", 1)
        assert sorted(seen.numbers) == [0, 1, 3, 5, 7]
        waiting = await parking.behind(first)
        assert [letter.message.payload for letter in waiting] == [b"4", b"6"]

    async def test_a_message_that_only_meets_bugs_is_parked_after_its_attempts(
        self, event_log: EventLog
    ) -> None:
        parking = MemoryParking()
        tries = 0

        async def handle(_: Delivered) -> None:
            nonlocal tries
            tries += 1
            raise ZeroDivisionError("oh")

        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, attempts=3, parking=parking):
            (parked,) = await eventually(parking.waiting)

        assert parked.refusal == Refusal("INTERNAL", "ZeroDivisionError: oh", attempts=3)
        assert tries == 3  # noqa: PLR2004 - as above

    async def test_an_absent_dependency_parks_nothing(self, event_log: EventLog) -> None:
        seen = Seen()
        tries = 0

        async def handle(message: Delivered) -> None:
            nonlocal tries
            tries += 1
            if tries <= 6:  # noqa: PLR2004 - more often than its attempts
                raise Unavailable("The player does not answer. Try again.")
            await seen(message)

        parking = MemoryParking()
        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, attempts=2, parking=parking):
            await eventually(lambda: seen.messages)

        assert await parking.waiting() == []

    async def test_a_stuck_key_holds_up_no_other(self, event_log: EventLog) -> None:
        seen = Seen()

        async def handle(message: Delivered) -> None:
            if message.key == "key 0":
                raise Unavailable("Not yet. Try again.")
            await seen(message)

        await publish(event_log, numbered(MANY))
        async with consuming(event_log, handle, concurrency=2):
            await eventually(lambda: len(seen.messages) == MANY - MANY // KEYS)

    async def test_what_was_not_done_comes_again_to_the_next_member(
        self, event_log: EventLog
    ) -> None:
        seen = Seen()

        async def handle(message: Delivered) -> None:
            if message.payload == b"2":
                raise Unavailable("Not yet. Try again.")
            await seen(message)

        await publish(event_log, numbered(5, keys=1))
        async with consuming(event_log, handle):
            await eventually(lambda: len(seen.messages) == 2)  # noqa: PLR2004
        async with consuming(event_log, seen):
            await eventually(lambda: set(seen.numbers) == set(range(5)))

        assert seen.numbers == [0, 1, 2, 3, 4]

    async def test_stopping_lets_a_handler_finish(self, event_log: EventLog) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()
        seen, again = Seen(), Seen()

        async def handle(message: Delivered) -> None:
            begun.set()
            await go_on.wait()
            await seen(message)

        stop = asyncio.Event()
        await publish(event_log, numbered(2, keys=1))
        task = asyncio.create_task(
            consume(event_log, [TOPIC], "group", handle, stop, parking=MemoryParking())
        )
        await begun.wait()
        stop.set()
        go_on.set()
        await task

        await publish(event_log, [a_record("key 0", b"2")])
        async with consuming(event_log, again):
            await eventually(lambda: 2 in again.numbers)  # noqa: PLR2004
        assert seen.numbers + again.numbers == [0, 1, 2]

    async def test_stopping_does_not_wait_for_ever(self, event_log: EventLog) -> None:
        begun = asyncio.Event()

        async def handle(_: Delivered) -> None:
            begun.set()
            await asyncio.Event().wait()

        await publish(event_log, [a_record()])
        async with consuming(event_log, handle, drain_s=0.01):
            await begun.wait()
