"""The event log in PostgreSQL."""

from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import make_url

from backline.kit.db.engine import asyncpg_url
from backline.kit.messaging.log import Partition
from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.testing.contracts.event_log import EventLogContract
from backline.kit.testing.contracts.event_log.scenes import (
    TOPIC,
    Seen,
    a_record,
    consuming,
    numbered,
    publish,
)
from backline.kit.testing.eventually import eventually
from tests.kit.test_doorbell_postgres import cut_all

# A busy machine may stall a test for a second; only who plays dead has a short lease.
QUICK = Lease(lasts_s=10.0, beat_s=0.05)
DYING = Lease(lasts_s=0.5, beat_s=3600)  # one sign of life, and never another


class TestPostgresEventLog(EventLogContract):
    @pytest.fixture
    def outage(self, postgres, log_database):
        name = make_url(log_database).database

        @asynccontextmanager
        async def away():
            server = await asyncpg.connect(asyncpg_url(postgres.url))
            await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            yield
            await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await server.close()

        return away

    @pytest.fixture
    async def event_log(self, log_database):
        log = PostgresEventLog(log_database, lease=QUICK)
        yield log
        await log.close()

    @pytest.fixture
    async def elsewhere(self, log_database):
        log = PostgresEventLog(log_database, lease=QUICK)
        yield log
        await log.close()

    @pytest.fixture
    async def deathbed(self, log_database):
        log = PostgresEventLog(log_database, lease=DYING)
        yield log
        await log.close()

    async def test_a_consumer_goes_on_after_its_connections_were_cut(self, event_log, log_database):
        seen = Seen()
        records = numbered(20)

        async with consuming(event_log, seen):
            await publish(event_log, records[:10])
            await eventually(lambda: len(seen.messages) == 10)
            await cut_all(log_database)
            await eventually_publish(event_log, records[10:])
            await eventually(lambda: set(seen.numbers) == set(range(20)))

    async def test_the_partitions_of_a_dead_member_are_taken_over(self, event_log, deathbed):
        """It says nothing more; its lease runs out."""
        seen = Seen()
        dead = await deathbed.subscribe([TOPIC], "group", Bystander())
        await publish(event_log, numbered(20))

        async with consuming(event_log, seen):
            await eventually(lambda: len(seen.messages) == 20)
        await dead.close()

    async def test_a_member_that_was_taken_for_dead_commits_nothing(self, event_log, deathbed):
        await publish(event_log, numbered(1))
        bystander = Bystander()
        dead = await deathbed.subscribe([TOPIC], "group", bystander)
        (message,) = await dead.fetch(10)
        seen = Seen()

        async with consuming(event_log, seen):
            await eventually(lambda: seen.messages)
            await dead.commit({message.source: 99})
            assert message.source in bystander.mine
            await dead._beat()
            assert message.source in bystander.gone

        offset = await event_log._pool.fetchval('SELECT max("offset") FROM group_offset')
        assert (seen.numbers, offset) == ([0], 1)
        await dead.close()

    async def test_partitions_are_shared_evenly(self, event_log, elsewhere):
        everyone = [Bystander() for _ in range(3)]
        members = [
            await (event_log, elsewhere)[number % 2].subscribe([TOPIC], "group", one)
            for number, one in enumerate(everyone)
        ]

        await eventually(lambda: sorted(len(one.mine) for one in everyone) == [2, 3, 3])
        await members[0].close()
        await eventually(lambda: sorted(len(one.mine) for one in everyone[1:]) == [4, 4])

        assert not everyone[1].mine & everyone[2].mine
        for member in members[1:]:
            await member.close()

    async def test_who_leaves_lets_go_at_once(self, event_log, log_database):
        """Whatever its lease."""
        patient = PostgresEventLog(log_database, lease=Lease(lasts_s=3600, beat_s=0.05))
        everyone = [Bystander(), Bystander()]
        leaving = await patient.subscribe([TOPIC], "group", everyone[0])
        staying = await patient.subscribe([TOPIC], "group", everyone[1])
        await eventually(lambda: len(everyone[1].mine) == 4)

        await leaving.close()

        await eventually(lambda: len(everyone[1].mine) == 8)
        await staying.close()
        await patient.close()

    async def test_events_are_forgotten_after_their_retention(self, event_log, log_database):
        seen = Seen()
        await publish(event_log, [a_record("key 0", b"1"), a_record("key 0", b"2")])
        await event_log._pool.execute(
            "UPDATE event SET appended_at = now() - interval '15 days' WHERE payload = '1'"
        )

        later = PostgresEventLog(log_database, lease=QUICK)
        await publish(later, [a_record("key 0", b"3")])
        async with consuming(later, seen):
            await eventually(lambda: len(seen.messages) == 2)
        await later.close()

        assert seen.numbers == [2, 3]


class Bystander:
    """Notes which partitions a member has."""

    def __init__(self):
        self.mine: set[Partition] = set()
        self.gone: set[Partition] = set()

    def assigned(self, partitions):
        self.mine.update(partitions)

    async def revoked(self, partitions):
        self.lost(partitions)

    def lost(self, partitions):
        self.mine.difference_update(partitions)
        self.gone.update(partitions)


async def eventually_publish(event_log, records):
    """Once the connections are back."""
    left = list(records)

    async def published():
        try:
            await publish(event_log, left[:1])
        except Exception:  # noqa: BLE001 - cut
            return False
        del left[:1]
        return not left

    await eventually(published)
