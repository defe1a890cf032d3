"""Events get from the outbox into the log: all, once, in the order of their keys."""

import asyncio
import random
import signal
from collections import defaultdict
from functools import partial

import asyncpg
import pytest
from sqlalchemy import text
from typing_extensions import override

from backline.kit.db.connection import connected
from backline.kit.db.doorbell import MemoryDoorbell, PostgresDoorbell
from backline.kit.db.migrations import migrate
from backline.kit.db.outage import is_outage
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, Outbox
from backline.kit.testing.contracts.event_log.scenes import TOPIC, Seen, consuming
from backline.kit.testing.databases import postgres_server
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_log import MemoryEventLog
from backline.kit.testing.memory_parking import MemoryParking
from tests.kit.relays import HASTY, Shop, relaying, relaying_apart

QUICK = Lease(lasts_s=10.0, beat_s=0.05)


@pytest.fixture
async def shop(kit_database):
    shop = Shop(kit_database, MemoryDoorbell())
    yield shop
    await shop.engine.dispose()


@pytest.fixture
async def event_log(log_database):
    log = PostgresEventLog(log_database, lease=QUICK)
    yield log
    await log.close()


async def in_the_log(url):
    """What the log holds: numbers by key, in the order of offsets, after a check for gaps."""
    async with connected(url, application_name="test") as connection:
        rows = await connection.fetch(
            'SELECT number, "offset", key, payload FROM event ORDER BY number, "offset"'
        )
    offsets, numbers = defaultdict(list), defaultdict(list)
    for row in rows:
        offsets[row["number"]].append(row["offset"])
        numbers[row["key"]].append(int(row["payload"]))
    assert all(found == list(range(len(found))) for found in offsets.values())
    return numbers


async def test_what_was_committed_arrives_and_leaves_the_outbox(shop, event_log, kit_database):
    seen = Seen()
    relay = Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)

    async with relaying(relay), consuming(event_log, seen):
        for _ in range(10):
            await shop.sell("tea", "milk", "tea 2")
        await eventually(lambda: shop.all_in_order(seen))

        async def empty():
            return await shop.left() == 0

        await eventually(empty)


async def test_an_events_time_is_when_it_was_recorded(shop, event_log, kit_database):
    seen = Seen()
    await shop.sell("tea")
    async with shop.engine.connect() as connection:
        recorded_at = await connection.scalar(text("SELECT created_at FROM outbox"))

    relay = Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)
    async with relaying(relay), consuming(event_log, seen):
        await eventually(lambda: seen.messages)

    assert seen.messages[0].at == recorded_at


async def test_batches_smaller_than_what_waits_lose_nothing(shop, kit_database, log_database):
    log = MemoryEventLog()
    seen = Seen()
    for number in range(30):
        await shop.sell(f"key {number % 5}", f"key {number % 7}")

    relay = Relay(kit_database, log, source="shop", doorbell=shop.doorbell, batch=4)
    async with relaying(relay), consuming(log, seen):
        await eventually(lambda: shop.all_in_order(seen))


async def test_relays_that_die_between_the_two_databases_lose_and_repeat_nothing(
    shop, event_log, kit_database, log_database
):
    """Relays are cut off while writers write: after the append, before the outbox forgets it."""
    chance = random.Random(7)
    deaths = 0

    class Cut(ConnectionError):
        """The process ends here."""

    class Mortal:
        in_flight = 1

        def __init__(self, writer):
            self._writer = writer

        async def append(self, shard, records):
            nonlocal deaths
            await self._writer.append(shard, records)
            if chance.random() < 0.15:
                deaths += 1
                raise Cut

    class MortalLog(PostgresEventLog):
        @override
        async def take(self, source, shards):
            writer, published = await super().take(source, shards)
            return Mortal(writer), published

    mortal_log = MortalLog(log_database)

    relays = [
        Relay(kit_database, mortal_log, source="shop", doorbell=shop.doorbell, batch=20)
        for _ in range(2)
    ]

    async def write(name):
        for number in range(40):
            await shop.sell(f"{name} {number % 4}", f"{name} {number % 3}")

    async with relaying(relays[0]), relaying(relays[1]):
        await asyncio.gather(*[write(name) for name in "abcd"])

        async def empty():
            return await shop.left() == 0

        await eventually(empty)

    await mortal_log.close()
    assert deaths > 5
    assert await in_the_log(log_database) == {
        key: list(range(1, count + 1)) for key, count in shop.counts.items()
    }


async def _sold_until_it_ended(shop, process):
    """Whether it has; until then something waits, but never more than can be relayed soon."""
    if await shop.left() < 100:
        await shop.sell(*[f"key {number}" for number in range(20)])
    return process.returncode is not None


async def test_killed_relays_leave_neither_gaps_nor_doubles(
    shop, event_log, kit_database, log_database
):
    """Each dies when the log has a batch that the outbox has not forgotten; another takes over."""
    survivor = Relay(
        kit_database, event_log, source="shop", doorbell=shop.doorbell, batch=5, lease=HASTY
    )
    async with relaying(survivor):
        for _ in range(2):
            async with relaying_apart(kit_database, log_database, dies_at="relay.published") as it:
                await eventually(partial(_sold_until_it_ended, shop, it))
                assert it.returncode == -signal.SIGKILL

        async def empty():
            return await shop.left() == 0

        await eventually(empty)

    assert await in_the_log(log_database) == {
        key: list(range(1, count + 1)) for key, count in shop.counts.items()
    }


async def test_a_second_relay_goes_on_when_the_first_is_gone(
    shop, event_log, kit_database, log_database
):
    seen = Seen()
    first = Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)
    second = Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)

    async with consuming(event_log, seen), relaying(second):
        async with relaying(first):
            await shop.sell("tea")
            await eventually(lambda: shop.all_in_order(seen))
        await shop.sell("tea")
        await eventually(lambda: shop.all_in_order(seen))


async def test_a_late_commit_of_an_early_position_is_not_overlooked(shop, event_log, kit_database):
    """A relay that paged by the last position would never see it."""
    seen = Seen()
    relay = Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)

    async with relaying(relay), consuming(event_log, seen), shop.engine.connect() as slow:
        await Outbox(slow).add([shop.event("slow", 1)])
        await shop.sell("quick")
        await eventually(lambda: seen.by_key == {"quick": [1]})
        await slow.commit()
        shop.doorbell.ring(DOORBELL_CHANNEL)
        await eventually(lambda: seen.by_key == {"quick": [1], "slow": [1]})


async def test_the_relay_forgets_old_keys(shop, event_log, kit_database):
    async with shop.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO inbox (scope, key, fingerprint, created_at)"
                " VALUES ('s', 'old', '', now() - interval '15 days'),"
                " ('s', 'young', '', now() - interval '13 days')"
            )
        )

    async def kept():
        async with shop.engine.connect() as connection:
            return list(await connection.scalars(text("SELECT key FROM inbox")))

    async with relaying(Relay(kit_database, event_log, source="shop", doorbell=shop.doorbell)):

        async def only_the_young():
            return await kept() == ["young"]

        await eventually(only_the_young)


@pytest.mark.integration
@pytest.mark.chaos
async def test_postgresql_may_be_killed_and_come_back(tmp_path):
    """Writers, relay and consumer on one server that dies by SIGKILL, twice."""
    with postgres_server(durable=True) as server:
        admin = await asyncpg.connect(server.url.replace("+asyncpg", ""))
        await admin.execute("CREATE DATABASE shop")
        await admin.execute("CREATE DATABASE log")
        await admin.close()
        shop_url, log_url = server.database("shop"), server.database("log")
        await migrate(shop_url, "backline.front")
        await migrate(log_url, "backline.kit.messaging")
        doorbell = PostgresDoorbell(shop_url)
        log = PostgresEventLog(log_url, lease=QUICK)
        shop = Shop(shop_url, doorbell)
        done = set()
        stop = asyncio.Event()

        async def handle(message):
            done.add((message.key, int(message.payload)))

        async def write(key):
            while not stop.is_set():
                try:
                    await shop.sell(key)
                except Exception as error:
                    if not is_outage(error):
                        raise
                    await asyncio.sleep(0.05)  # as a caller would, before it tries again

        relay = Relay(shop_url, log, source="shop", doorbell=doorbell)
        async with relaying(relay), consuming(log, handle):
            writing = asyncio.gather(*[write(key) for key in "abc"])
            for wanted in (30, 60, 90):
                await eventually(partial(shop.has_sold, wanted))
                if wanted < 90:
                    await asyncio.to_thread(server.kill)
                    await asyncio.to_thread(server.start)
            stop.set()
            await writing
            # A sale whose answer was lost was made all the same: numbers may repeat, not lack.
            await eventually(
                lambda: {(k, n) for k in shop.counts for n in range(1, shop.counts[k] + 1)} <= done
            )

        await shop.engine.dispose()
        await doorbell.close()
        await log.close()


@pytest.mark.integration
@pytest.mark.chaos
async def test_a_frozen_server_does_not_hold_up_a_stop():
    """It answers nothing, not even a request to cancel; a stop has 20 s in all."""
    with postgres_server() as server:
        admin = await asyncpg.connect(server.url.replace("+asyncpg", ""))
        await admin.execute("CREATE DATABASE shop")
        await admin.execute("CREATE DATABASE log")
        await admin.close()
        shop_url, log_url = server.database("shop"), server.database("log")
        await migrate(shop_url, "backline.front")
        await migrate(log_url, "backline.kit.messaging")
        doorbell = PostgresDoorbell(shop_url)
        log = PostgresEventLog(log_url, lease=QUICK)
        shop = Shop(shop_url, doorbell)
        seen = Seen()
        stop = asyncio.Event()
        relay = Relay(shop_url, log, source="shop", doorbell=doorbell)
        loops = asyncio.gather(
            relay.run(stop), consume(log, [TOPIC], "group", seen, stop, parking=MemoryParking())
        )
        await shop.sell("tea")
        await eventually(lambda: seen.messages)
        await shop.engine.dispose()

        with server.frozen():
            stop.set()
            async with asyncio.timeout(20):
                await loops
                await doorbell.close()
                await log.close()
