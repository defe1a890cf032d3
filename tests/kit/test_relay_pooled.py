"""A relay behind PgBouncer in transaction mode, where no session lasts longer than a statement."""

import asyncio

import pytest

from backline.kit.db.connection import connected
from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.published import PublishedEvents
from backline.kit.messaging.relay import Relay
from backline.kit.testing.contracts.event_log.scenes import Seen, consuming
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog
from backline.kit.testing.pgbouncer import installed, pgbouncer
from tests.kit.relays import Shop, relaying


@pytest.fixture
def pooled(kit_database):
    if not installed():
        pytest.skip("needs PgBouncer: install pgbouncer")
    with pgbouncer(kit_database) as url:
        yield url


async def test_two_relays_share_their_work_through_a_pooler(pooled, kit_database):
    """The writers' bell is not heard through it: what they sell is found by looking."""
    bell, deaf = PostgresDoorbell(kit_database), PostgresDoorbell(pooled)
    shop = Shop(kit_database, bell)
    log = MemoryEventLog()
    seen = Seen()
    relays = [
        Relay(pooled, log, source="shop", doorbell=deaf, batch=50, lease=Lease(lasts_s=20.0))
        for _ in range(2)
    ]
    async with consuming(log, seen), relaying(relays[0]), relaying(relays[1]):
        await eventually(lambda: {len(relay._lanes) for relay in relays} == {4})

        async def write(name):
            for number in range(20):
                await shop.sell(f"{name} {number % 4}", f"{name} {number % 3}")

        await asyncio.gather(*[write(name) for name in "abc"])
        await eventually(lambda: shop.all_in_order(seen))

        async def empty():
            return await shop.left() == 0

        await eventually(empty)
    for doorbell in (bell, deaf):
        await doorbell.close()
    await shop.engine.dispose()


async def test_statements_find_what_they_need_on_whichever_server(pooled):
    async def ask(number):
        async with connected(pooled, application_name="test") as connection:
            await PublishedEvents().look(connection)
            for _ in range(10):
                rows = await connection.fetch("SELECT $1::int AS a, $2::text AS b", number, "x")
                assert [tuple(row) for row in rows] == [(number, "x")]
                assert await connection.fetchval("SELECT $1::uuid[]", []) == []
                row = await connection.fetchrow("SELECT $1::bigint", number)
                assert row is not None
                assert row[0] == number

    await asyncio.gather(*[ask(number) for number in range(5)])
