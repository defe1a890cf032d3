"""Shards are shared out, fenced, and relayed side by side with several batches on their way."""

import asyncio
from collections import Counter
from functools import partial

import pytest
from typing_extensions import override

from backline.kit.core.ids import uuid7
from backline.kit.db.connection import connected
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, SHARDS, Outbox, shard_of
from backline.kit.testing.contracts.event_log.scenes import Seen, consuming
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog
from tests.kit.relays import Shop, relaying

PATIENT = Lease(lasts_s=60.0, beat_s=0.05)


@pytest.fixture
async def shop(kit_database):
    shop = Shop(kit_database, MemoryDoorbell())
    yield shop
    await shop.engine.dispose()


@pytest.fixture
async def connection(kit_database):
    async with connected(kit_database, application_name="test") as connection:
        yield connection


class SlowLog:
    """Confirms a batch when the test says so, and keeps the order in which batches began."""

    def __init__(self, in_flight):
        self.in_flight = in_flight
        self.begun = []
        self.confirmed = []

    async def take(self, source, shards):
        return self, ()

    async def append(self, shard, records):
        number = len(self.begun)
        self.begun.append([int(record.payload) for record in records])
        self.confirmed.append(asyncio.Event())
        await self.confirmed[number].wait()

    @property
    def numbers(self):
        return [number for batch in self.begun for number in batch]

    def confirm_all(self):
        for confirmed in self.confirmed:
            confirmed.set()


def relay(shop, log, url, lease=PATIENT, **options):
    return Relay(url, log, source="shop", doorbell=shop.doorbell, lease=lease, **options)


def has_seen(seen, wanted):
    """Whether the last number of each key is the wanted one, and no other key was seen."""
    return {key: numbers[-1] for key, numbers in seen.by_key.items()} == wanted


async def owners(connection):
    """How many shards each relay holds."""
    rows = await connection.fetch("SELECT owner FROM relay_shard WHERE lease_until > now()")
    return sorted(Counter(row["owner"] for row in rows).values())


async def eventually_owned(connection, *wanted):
    async def shared():
        return await owners(connection) == sorted(wanted)

    await eventually(shared)


async def test_relays_share_the_shards_evenly_and_leave_them_to_one_another(
    shop, connection, kit_database
):
    log = MemoryEventLog()
    async with relaying(relay(shop, log, kit_database)):
        await eventually_owned(connection, SHARDS)
        async with relaying(relay(shop, log, kit_database)):
            await eventually_owned(connection, 4, 4)
            async with relaying(relay(shop, log, kit_database)):
                await eventually_owned(connection, 3, 3, 2)
            await eventually_owned(connection, 4, 4)
        await eventually_owned(connection, SHARDS)
    assert await connection.fetchval("SELECT count(*) FROM relay_member") == 0


async def test_the_shards_of_a_dead_relay_are_taken_over(shop, connection, kit_database):
    """All that is left of it is its lease."""
    dead = uuid7()
    soon = "now() + interval '1 second'"
    await connection.execute(f"INSERT INTO relay_member VALUES ($1, {soon})", dead)
    await connection.execute(f"UPDATE relay_shard SET owner = $1, lease_until = {soon}", dead)
    seen = Seen()
    log = MemoryEventLog()
    await shop.sell(*[f"key {number}" for number in range(20)])
    async with relaying(relay(shop, log, kit_database)), consuming(log, seen):
        await eventually(lambda: shop.all_in_order(seen))
        await eventually_owned(connection, SHARDS)


async def test_who_has_lost_a_shard_forgets_nothing_in_it(shop, connection, kit_database):
    """It was suspended between the log and the outbox, and its lease was given to another."""
    log = SlowLog(in_flight=1)
    await shop.sell("tea")
    suspended = relay(shop, log, kit_database)
    async with relaying(suspended):
        await eventually(lambda: log.begun)
        await connection.execute(
            "UPDATE relay_shard SET owner = $1, epoch = epoch + 1,"
            " lease_until = now() + interval '1 hour'",
            uuid7(),
        )
        log.confirm_all()
        await eventually(lambda: not suspended._lanes)
    assert await shop.left() == 1
    assert await connection.fetchval("SELECT count(*) FROM outbox_published") == 0


async def test_batches_follow_closely_and_are_forgotten_in_order(shop, kit_database):
    log = SlowLog(in_flight=3)
    for _ in range(10):
        await shop.sell("tea")
    async with relaying(relay(shop, log, kit_database, batch=2)):
        await eventually(lambda: len(log.begun) == 3)
        under_way = len(log.numbers)
        assert log.numbers == list(range(1, under_way + 1))

        log.confirmed[1].set()
        log.confirmed[2].set()
        await shop.sell(
            next(key for key in map(str, range(99)) if shard_of(key) != shard_of("tea"))
        )
        await eventually(lambda: len(log.begun) == 4)
        log.confirmed[3].set()

        async def only_the_other_is_gone():
            return await shop.left() == 10

        await eventually(only_the_other_is_gone)

        async def all_gone():
            log.confirm_all()
            return await shop.left() == 0

        await eventually(all_gone)
    assert log.numbers == [*range(1, under_way + 1), 1, *range(under_way + 1, 11)]


async def test_a_late_commit_is_not_overtaken_by_what_follows_it_in_its_key(shop, kit_database):
    """Its position lies below those on their way; the next of its key lies above them."""
    log = SlowLog(in_flight=4)
    tea = shard_of("tea")
    other = next(key for key in map(str, range(1000)) if shard_of(key) == tea)
    async with shop.engine.connect() as slow:
        await Outbox(slow).add([shop.event("tea", 101)])
        await shop.sell(other)
        async with relaying(relay(shop, log, kit_database)):
            await eventually(lambda: log.numbers == [1])
            await slow.commit()
            async with shop.engine.begin() as quick:
                await Outbox(quick).add([shop.event("tea", 102)])
            shop.doorbell.ring(DOORBELL_CHANNEL)

            async def begun():
                log.confirm_all()
                return log.numbers == [1, 101, 102]

            await eventually(begun)


async def test_a_shard_that_waits_for_its_broker_holds_up_no_other(shop, kit_database):
    class OneIsAway(MemoryEventLog):
        @override
        async def take(self, source, shards):
            writer, published = await super().take(source, shards)
            return Waiting(writer), published

    class Waiting:
        in_flight = 1

        def __init__(self, writer):
            self._writer = writer

        async def append(self, shard, records):
            if shard == shard_of("tea"):
                await asyncio.Event().wait()
            await self._writer.append(shard, records)

    seen = Seen()
    log = OneIsAway()
    other = next(key for key in map(str, range(1000)) if shard_of(key) != shard_of("tea"))
    await shop.sell("tea")
    async with relaying(relay(shop, log, kit_database)), consuming(log, seen):
        for count in range(1, 4):
            await shop.sell(other)
            await eventually(partial(has_seen, seen, {other: count}))


async def test_statements_that_were_planned_for_an_empty_outbox_go_by_its_index(
    shop, connection, kit_database
):
    """What has no pages costs nothing to read whole, and such a plan is kept while they come."""
    seen = Seen()
    log = MemoryEventLog()

    async def scans():
        return await connection.fetchrow(
            "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'outbox'"
        )

    # A connection tells what it did by the time it is gone.
    async def told():
        return not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'backline relay'"
        )

    await connection.execute("VACUUM ANALYZE outbox")
    before = await scans()
    async with consuming(log, seen), relaying(relay(shop, log, kit_database)):
        for number in range(1, 9):
            await shop.sell("tea")
            await eventually(partial(has_seen, seen, {"tea": number}))
    await eventually(told)

    after = await scans()
    assert after["idx_scan"] > before["idx_scan"]
    assert after["seq_scan"] == before["seq_scan"]
