"""A process that runs sagas may be killed at any step: another one ends what it began."""

import asyncio
import multiprocessing
import signal
from contextlib import AsyncExitStack

import asyncpg
import pytest

from backline.kit.db.engine import asyncpg_url
from backline.kit.saga.progress import State
from tests.kit.saga_world import build, end_leases, journey_of_many, run_until_killed

# The module is loaded once; each process is a fork of the one that has loaded it.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.kit.saga_world"])
_FORWARD = ["flight", "hotel", "fare", "ticket"]
_BACK = ["flight", "hotel", "fare", "undo hotel", "undo flight"]


async def killed_at(url, failpoints, *, refuse):
    """Run a process until its end; how that came."""
    process = _PROCESSES.Process(
        target=run_until_killed, args=(url, failpoints), kwargs={"refuse": refuse}
    )
    await asyncio.to_thread(process.start)
    await asyncio.to_thread(process.join)
    return process.exitcode


@pytest.mark.parametrize(
    ("failpoints", "refuse", "again"),
    [
        ("saga.claimed", False, []),
        ("saga.called", False, ["flight"]),
        ("command.written", False, ["flight"]),
        ("command.committed", False, []),
        ("saga.called=3", False, ["fare"]),
        ("saga.recorded=3", False, []),
        ("saga.called=4", False, ["ticket"]),
        ("saga.recorded=3", True, []),
        ("saga.called=3", True, ["undo hotel"]),
        ("command.written=4", True, ["undo hotel"]),
        ("saga.recorded=4", True, []),
        ("saga.called=4", True, ["undo flight"]),
    ],
)
async def test_what_was_begun_is_ended_by_another(kit_database, failpoints, refuse, again):
    connection = await asyncpg.connect(asyncpg_url(kit_database))
    await connection.execute("CREATE TABLE call (id serial PRIMARY KEY, name text, key text)")
    await connection.close()
    called, saga = journey_of_many(kit_database, refuse=refuse)
    async with AsyncExitStack() as stack:
        world = await build(kit_database, [saga], stack)
        saga_id = await world.start("ann", seat="1A")

        assert await killed_at(kit_database, failpoints, refuse=refuse) == -signal.SIGKILL
        await end_leases(kit_database)
        end = State.COMPENSATED if refuse else State.COMPLETED
        await world.carried_to(saga_id, end)

        # Callees may be asked twice, under one key; what it means here happens once.
        asked, different = await called.remembered()
        expected = _BACK if refuse else _FORWARD
        assert different == expected
        assert sorted(asked) == sorted(expected + again)
        assert await world.notes() == (
            [
                "ann: seat taken",
                "ann: seat given back because SOLD_OUT",
                "ann: called off because SOLD_OUT",
            ]
            if refuse
            else ["ann: seat taken", "ann: ready"]
        )
