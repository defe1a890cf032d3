"""What was published is kept, forgotten by the hour, and can be published again."""

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from backline.kit.core.ids import uuid7
from backline.kit.db.connection import connected
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.messaging.published import PublishedEvents, kept_since, republish
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, Outbox
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog

EVER = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def connection(kit_database):
    async with connected(kit_database, application_name="test") as connection:
        yield connection


@pytest.fixture
async def engine(kit_database):
    engine = build_engine(kit_database, pool_size=4)
    yield engine
    await engine.dispose()


@pytest.fixture
def event_log():
    return MemoryEventLog()


def an_envelope(key, number, topic="test.v1"):
    return Envelope(
        id=uuid7(),
        topic=topic,
        key=key,
        type=f"{topic}.Sold",
        payload=str(number).encode(),
        headers={"traceparent": "00-ab-cd-01"},
    )


async def publish(engine, *envelopes):
    async with engine.begin() as connection:
        await Outbox(connection).add(envelopes)


async def count(connection, table):
    return await connection.fetchval(f"SELECT count(*) FROM {table}")


def arrived(log):
    """Ids and numbers by key, in the order of the log."""
    found = defaultdict(list)
    for messages in log.partitions.values():
        for message in messages:
            found[message.key].append((message.id, int(message.payload)))
    return found


def has_arrived(log, key, wanted):
    return len(arrived(log)[key]) == wanted


@asynccontextmanager
async def relaying(url, log, doorbell=None):
    stop = asyncio.Event()
    relay = Relay(url, log, source="shop", doorbell=doorbell or MemoryDoorbell(), batch=7)
    task = asyncio.create_task(relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def relayed(connection, url, log):
    async with relaying(url, log):

        async def empty():
            return await count(connection, "outbox") == 0

        await eventually(empty)


async def all_kept(connection, wanted):
    async def kept():
        return await count(connection, "outbox_published") == wanted

    await eventually(kept)


async def test_a_published_row_is_kept_as_it_was(engine, connection, event_log, kit_database):
    await publish(engine, an_envelope("tea", 1))
    waited = dict(await connection.fetchrow("SELECT * FROM outbox"))

    await relayed(connection, kit_database, event_log)

    kept = dict(await connection.fetchrow("SELECT * FROM outbox_published"))
    age = await connection.fetchval("SELECT now() - published_at FROM outbox_published")
    del kept["published_at"]
    assert kept == waited
    assert timedelta() <= age < timedelta(minutes=2)


async def test_partitions_are_there_ahead_and_old_ones_go(connection):
    await PublishedEvents().look(connection)
    for hours in (26, 23):
        await connection.execute(
            f"""
            DO $$
            DECLARE
              hour timestamptz := date_trunc('hour', now(), 'UTC') - interval '{hours} hours';
            BEGIN
              EXECUTE format('CREATE TABLE %I PARTITION OF outbox_published
                FOR VALUES FROM (%L) TO (%L)',
                'outbox_published_' || to_char(hour AT TIME ZONE 'UTC', 'YYYYMMDDHH24'),
                hour, hour + interval '1 hour');
              INSERT INTO outbox_published VALUES
                (hour, {hours}, 0, gen_random_uuid(), 't', 'k', 't.E', '{{}}', '', hour);
            END $$
            """
        )
    oldest = await connection.fetchval("SELECT min(published_at) FROM outbox_published")
    assert await kept_since(connection) == oldest

    await PublishedEvents().look(connection)
    await PublishedEvents().look(connection)

    rows = await connection.fetch("SELECT position FROM outbox_published")
    assert [row["position"] for row in rows] == [23]
    ahead = await connection.fetchval(
        """
        SELECT count(*) FROM pg_partition_tree('outbox_published') WHERE isleaf AND relid::text
          > 'outbox_published_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24')
        """
    )
    assert ahead >= 2


async def test_a_reader_of_the_old_holds_nothing_up(connection, kit_database):
    await PublishedEvents().look(connection)
    async with connected(kit_database, application_name="backup") as backup:
        async with backup.transaction():
            await backup.fetch("SELECT * FROM outbox_published")
            await PublishedEvents(timedelta(hours=-2)).look(connection)
            assert await count(backup, "outbox_published") == 0
        await PublishedEvents(timedelta(hours=-2)).look(connection)
    left = await connection.fetchval(
        "SELECT count(*) FROM pg_partition_tree('outbox_published') WHERE isleaf"
    )
    assert left in {2, 3}  # the third began with the hour


async def test_two_relays_that_begin_together_make_the_partitions_once(kit_database):
    async def look():
        async with connected(kit_database, application_name="test") as connection:
            await PublishedEvents().look(connection)

    await asyncio.gather(*[look() for _ in range(6)])


async def test_what_a_log_has_lost_is_there_again_with_its_ids_and_in_its_order(
    engine, connection, event_log, kit_database
):
    for number in range(1, 9):
        await publish(engine, *[an_envelope(key, number) for key in ("tea", "milk", "rum")])
    await relayed(connection, kit_database, event_log)
    lost = arrived(event_log)
    assert [number for _, number in lost["tea"]] == list(range(1, 9))

    replaced = MemoryEventLog()
    assert await republish(connection, EVER) == {"test.v1": 24}
    assert await count(connection, "outbox_published") == 0
    await relayed(connection, kit_database, replaced)

    assert arrived(replaced) == lost
    assert await count(connection, "outbox_published") == 24


async def test_published_twice_more_consumers_see_the_same_ids_in_the_same_order(
    engine, connection, event_log, kit_database
):
    await publish(engine, *[an_envelope(key, n) for n in (1, 2, 3) for key in ("tea", "milk")])
    doorbell = MemoryDoorbell()
    async with relaying(kit_database, event_log, doorbell):
        await eventually(lambda: len(arrived(event_log)["tea"]) == 3)
        once = arrived(event_log)
        for times in (2, 3):
            await all_kept(connection, 6)
            assert await republish(connection, EVER) == {"test.v1": 6}
            doorbell.ring(DOORBELL_CHANNEL)
            await eventually(partial(has_arrived, event_log, "tea", 3 * times))
        await all_kept(connection, 6)

    assert arrived(event_log) == {key: 3 * said for key, said in once.items()}


async def test_what_is_published_again_comes_before_what_still_waits(
    engine, connection, event_log, kit_database
):
    await publish(engine, an_envelope("tea", 1))
    await relayed(connection, kit_database, event_log)
    await publish(engine, an_envelope("tea", 2))

    replaced = MemoryEventLog()
    await republish(connection, EVER)
    await relayed(connection, kit_database, replaced)

    assert [number for _, number in arrived(replaced)["tea"]] == [1, 2]


async def test_only_what_is_asked_for_is_published_again(
    engine, connection, event_log, kit_database
):
    await publish(engine, an_envelope("tea", 1), an_envelope("tea", 1, "other.v1"))
    await relayed(connection, kit_database, event_log)
    between = await connection.fetchval("SELECT clock_timestamp()")
    await publish(engine, an_envelope("tea", 2), an_envelope("tea", 2, "other.v1"))
    await relayed(connection, kit_database, event_log)

    assert await republish(connection, between, topic="other.v1") == {"other.v1": 1}
    waiting = await connection.fetch("SELECT topic, payload FROM outbox")
    assert [tuple(row) for row in waiting] == [("other.v1", b"2")]


async def test_new_events_do_not_stumble_over_those_that_came_back(
    engine, connection, event_log, kit_database
):
    """The positions that come back were drawn before; nobody draws them again."""
    await publish(engine, *[an_envelope("tea", number) for number in (1, 2, 3)])
    doorbell = MemoryDoorbell()
    async with relaying(kit_database, event_log, doorbell):
        await all_kept(connection, 3)
        await republish(connection, EVER)
        await publish(engine, an_envelope("tea", 4))
        doorbell.ring(DOORBELL_CHANNEL)
        await eventually(
            lambda: [number for _, number in arrived(event_log)["tea"]] == [1, 2, 3, 1, 2, 3, 4]
        )
        await all_kept(connection, 4)
