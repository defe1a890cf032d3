"""The broker goes away, and comes back."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress

import pytest

from backline.kit.messaging.log import Delivered, EventLog, Record
from backline.kit.testing.contracts.event_log.scenes import KEYS, Seen, consuming, numbered, publish
from backline.kit.testing.eventually import eventually

Outage = Callable[[], AbstractAsyncContextManager[None]]
"""Within it nobody reaches the log; what the log has acknowledged is still there afterwards."""

_BACK_WITHIN_S = 60


class OutageCases:
    """Needs the fixture `outage`, an `Outage`."""

    @pytest.mark.feature("outage")
    async def test_an_outage_loses_nothing_and_keeps_the_order(
        self, event_log: EventLog, elsewhere: EventLog, outage: Outage
    ) -> None:
        seen = Seen()
        records = numbered(4 * KEYS)
        half = len(records) // 2

        async with consuming(elsewhere, seen):
            await publish(event_log, records[:half])
            await eventually(lambda: len(set(seen.numbers)) == half, within=_BACK_WITHIN_S)
            async with outage():
                publishing = asyncio.create_task(_publish_patiently(event_log, records[half:]))
            await publishing
            await eventually(lambda: len(set(seen.numbers)) == 2 * half, within=_BACK_WITHIN_S)

        for numbers in seen.by_key.values():
            first_deliveries = list(dict.fromkeys(numbers))
            assert first_deliveries == sorted(first_deliveries)

    @pytest.mark.feature("outage")
    async def test_a_handler_under_way_outlives_an_outage(
        self, event_log: EventLog, elsewhere: EventLog, outage: Outage
    ) -> None:
        seen = Seen()
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def handle(message: Delivered) -> None:
            begun.set()
            await go_on.wait()
            await seen(message)

        await publish(event_log, numbered(3, keys=1))
        async with consuming(elsewhere, handle):
            await begun.wait()
            async with outage():
                go_on.set()
                await eventually(lambda: seen.messages)
            await eventually(lambda: set(seen.numbers) == {0, 1, 2}, within=_BACK_WITHIN_S)


async def _publish_patiently(event_log: EventLog, records: Sequence[Record]) -> None:
    """As a relay does: one after another, each again until it is acknowledged."""
    for record in records:

        async def published(record: Record = record) -> bool:
            with suppress(Exception):
                await publish(event_log, [record])
                return True
            return False

        await eventually(published, within=_BACK_WITHIN_S)
