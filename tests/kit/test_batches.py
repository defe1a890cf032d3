"""Many messages are applied in one transaction, and whoever is at fault is parked alone."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from backline.kit.core.actor import SYSTEM
from backline.kit.core.context import current
from backline.kit.core.errors import FailedPrecondition, Unavailable
from backline.kit.messaging.batches import _Batches, consume_in_batches
from backline.kit.messaging.log import Delivered
from backline.kit.testing.contracts.event_log.scenes import (
    KEYS,
    TOPIC,
    a_record,
    numbered,
    publish,
)
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog
from backline.kit.testing.memory_parking import MemoryParking
from tests.kit.shop import Restock, Sell, open_shop


class Refused(FailedPrecondition):
    """No retry helps."""


class Batches:
    """A handler that notes what it was given, and refuses what it is told to."""

    def __init__(self):
        self.given = []
        self.done = []
        self.refused = {}
        self.fails: Counter[int] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, messages):
        numbers = [int(message.payload) for message in messages]
        self.given.append(messages)
        await self.gate.wait()
        for number in numbers:
            if number in self.refused:
                self.fails[number] += 1
                raise self.refused[number]
        self.done += numbers


@pytest.fixture
def handler():
    return Batches()


@pytest.fixture
def log():
    return MemoryEventLog()


@pytest.fixture
def parking():
    return MemoryParking()


@asynccontextmanager
async def batching(log, handler, parking, **options):
    stop = asyncio.Event()
    options = {"first_pause_s": 0.001, "parking": parking, **options}
    task = asyncio.create_task(consume_in_batches(log, [TOPIC], "group", handler, stop, **options))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await task


def delivered(number):
    record = a_record(f"key {number}", str(number).encode())
    return Delivered(
        id=record.id,
        topic=record.topic,
        key=record.key,
        type=record.type,
        payload=record.payload,
        headers={},
        partition=0,
        offset=number,
        at=datetime(2026, 11, 21, tzinfo=UTC),
    )


async def parked(parking):
    return {(letter.message.key, letter.refusal.reason) for letter in await letters(parking)}


async def letters(parking):
    return await parking.waiting(group="group")


async def test_a_batch_holds_each_key_once_and_all_keys_keep_their_order(log, handler, parking):
    handler.gate.clear()
    await publish(log, numbered(300))

    async with batching(log, handler, parking, most=10):
        await eventually(lambda: len(handler.given) > 1)
        handler.gate.set()
        await eventually(lambda: len(handler.done) == 300)

    for messages in handler.given:
        assert len(messages) <= 10
        assert len({message.key for message in messages}) == len(messages)
    assert max(map(len, handler.given)) > 1
    for key in range(KEYS):
        numbers = [number for number in handler.done if number % KEYS == key]
        assert numbers == sorted(numbers)


async def test_one_that_is_refused_is_parked_alone(log, handler, parking):
    handler.gate.clear()
    handler.refused[7] = Refused("Not that one.")
    await publish(log, numbered(64, keys=64))

    async with batching(log, handler, parking):
        await eventually(lambda: handler.given)
        handler.gate.set()
        await eventually(lambda: len(handler.done) == 63)

        async def is_parked():
            return await parked(parking) == {("key 7", "REFUSED")}

        await eventually(is_parked)

    assert sorted(handler.done) == [number for number in range(64) if number != 7]


async def test_a_bug_is_tried_again_and_parked_in_the_end(log, handler, parking):
    handler.refused[7] = ZeroDivisionError("a bug")
    await publish(log, numbered(32, keys=32))

    async with batching(log, handler, parking, attempts=3):

        async def is_parked():
            return await parked(parking) == {("key 7", "INTERNAL")}

        await eventually(is_parked)
        await eventually(lambda: len(handler.done) == 31)


async def test_whoever_failed_alone_is_tried_again_without_company(handler):
    handler.refused[7] = ZeroDivisionError("a bug")
    batches = _Batches(handler, most=100, side_by_side=1)
    some = [delivered(number) for number in range(16)]

    async def apply_all():
        return await asyncio.gather(*map(batches, some), return_exceptions=True)

    assert [some[n].payload for n, error in enumerate(await apply_all()) if error] == [b"7"]
    handler.given.clear()
    await apply_all()

    assert sorted(map(len, handler.given)) == [1, 15]
    del handler.refused[7]
    await apply_all()
    handler.given.clear()
    await apply_all()
    assert list(map(len, handler.given)) == [16]


async def test_an_outage_is_nobodys_fault_and_no_reason_to_halve(handler):
    away = handler.refused[3] = Unavailable("The database does not answer.")
    batches = _Batches(handler, most=100, side_by_side=1)

    errors = await asyncio.gather(*map(batches, map(delivered, range(16))), return_exceptions=True)

    assert errors == [away] * 16
    assert list(map(len, handler.given)) == [16]


async def test_an_outage_is_waited_through(log, handler, parking):
    handler.refused[3] = Unavailable("The database does not answer.")
    await publish(log, numbered(16, keys=16))

    async with batching(log, handler, parking, attempts=1):
        await eventually(lambda: handler.fails[3] > 3)
        del handler.refused[3]
        await eventually(lambda: len(handler.done) == 16)

    assert await letters(parking) == []


async def test_a_group_goes_on_where_it_stopped(log, handler, parking):
    await publish(log, numbered(100))
    async with batching(log, handler, parking):
        await eventually(lambda: len(handler.done) == 100)

    again = Batches()
    await publish(log, [a_record("key 1", b"100")])
    async with batching(log, again, parking):
        await eventually(lambda: again.done)

    assert again.done == [100]


async def test_a_stop_breaks_off_what_does_not_end(log, handler, parking):
    handler.gate.clear()
    await publish(log, numbered(8))

    async with batching(log, handler, parking, drain_s=0.0):
        await eventually(lambda: handler.given)

    handler.gate.set()
    again = Batches()
    async with batching(log, again, parking):
        await eventually(lambda: len(again.done) == 8)
    assert handler.done == []


async def test_a_batch_runs_for_the_system_in_no_ones_trace(log, parking):
    contexts = []

    async def handle(messages):
        contexts.append(current())

    await publish(log, [a_record("a", traceparent="00-ab-cd-01")])
    async with batching(log, handle, parking):
        await eventually(lambda: contexts)

    assert [(context.actor, context.traceparent) for context in contexts] == [(SYSTEM, "")]


async def test_effects_are_applied_once_whoever_was_in_the_batch(kit_database, log, parking):
    """In a real database, where what is refused rolls back what it came with."""
    handled = []
    async with open_shop(kit_database) as shop:

        async def handle(messages):
            await shop.mediator.deliver(
                {
                    message.id: Sell("nothing") if message.key == "key 5" else Restock(message.key)
                    for message in messages
                }
            )
            handled.extend(messages)

        records = numbered(40, keys=40)
        await publish(log, records)
        async with batching(log, handle, parking):

            async def all_applied():
                return await shop.delivered() == [39, 39, 39]

            await eventually(all_applied)

            async def is_parked():
                return await parked(parking) == {("key 5", "SOLD_OUT")}

            await eventually(is_parked)

        handled.clear()
        await publish(log, records, source="published again")
        async with batching(log, handle, parking):
            await eventually(lambda: len(handled) == 39)  # what is parked keeps its key

        assert await shop.delivered() == [39, 39, 39]
