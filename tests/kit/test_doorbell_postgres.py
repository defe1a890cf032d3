"""The doorbell between processes."""

import asyncpg
import pytest

from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.db.engine import asyncpg_url
from backline.kit.testing.contracts.doorbell import DoorbellContract, Listener, ringing
from backline.kit.testing.eventually import eventually


class TestPostgresDoorbell(DoorbellContract):
    @pytest.fixture
    async def near(self, kit_database):
        doorbell = PostgresDoorbell(kit_database)
        yield doorbell
        await doorbell.close()

    @pytest.fixture
    async def far(self, kit_database):
        doorbell = PostgresDoorbell(kit_database)
        yield doorbell
        await doorbell.close()

    async def test_it_rings_again_after_its_connection_was_cut(self, near, far, kit_database):
        listener = Listener(far, "room")
        await ringing(near, "room", listener)

        await cut_all(kit_database)

        await ringing(near, "room", listener)
        await listener.stop()

    async def test_after_an_interruption_everybody_looks_again(self, near, kit_database):
        """Nobody knows what was rung in the meantime."""
        listener = Listener(near, "room")
        await eventually(lambda: listener.woken == 2)  # at once, and when connected

        await cut_all(kit_database)

        await eventually(lambda: listener.woken == 3)
        await listener.stop()

    async def test_a_connection_that_lives_passes_its_probe(self, kit_database):
        doorbell = PostgresDoorbell(kit_database, probe_every_s=0.01)
        listener = Listener(doorbell, "room")
        first = await eventually(lambda: last_probe(kit_database))

        async def probed_again():
            latest = await last_probe(kit_database)
            return latest if latest and latest["state_change"] > first["state_change"] else None

        again = await eventually(probed_again)

        assert again["pid"] == first["pid"]
        await listener.stop()
        await doorbell.close()

    async def test_a_ring_just_before_closing_is_sent(self, near, kit_database):
        listener = Listener(near, "room")
        await ringing(near, "room", listener)
        leaving = PostgresDoorbell(kit_database)
        woken = listener.woken

        leaving.ring("room")
        await leaving.close()

        await eventually(lambda: listener.woken > woken)
        await listener.stop()


async def last_probe(url):
    connection = await asyncpg.connect(asyncpg_url(url))
    row = await connection.fetchrow(
        "SELECT pid, state_change FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'backline doorbell' AND query = 'SELECT 1' AND state = 'idle'"
    )
    await connection.close()
    return row


async def cut_all(url: str) -> None:
    connection = await asyncpg.connect(asyncpg_url(url))
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()
