"""The checker finds real bugs, seeded into real processes that die at a bad moment."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from backline.kit.testing.databases import Databases
from backline.kit.testing.eventually import eventually
from tests.chaos.checker import (
    Applied,
    Logged,
    applied_in_order,
    applied_once,
    published,
    published_in_order,
)
from tests.chaos.observed import prepare, read_sent, rows
from tests.chaos.processes import Process, Processes, running_processes
from tests.chaos.small_service import SCHEMA

WITHIN_S = 60
pytestmark = pytest.mark.timeout(300)
NOTES = 30


@pytest.fixture(scope="module")
async def processes() -> AsyncIterator[Processes]:
    folder = Path(tempfile.mkdtemp(prefix="blchaos-"))
    async with running_processes(folder, {}) as running:
        yield running
    shutil.rmtree(folder)


class Small:
    """The small service, its databases, and the bug that its processes have."""

    def __init__(self, processes: Processes, url: str, log: str, bug: str) -> None:
        self._processes = processes
        self._bug = bug
        self.url, self.log = url, log

    async def run(self, doing: str, *rest: str, dies_at: str = "") -> Process:
        return await self._processes.run(doing, "small", self._bug, dies_at, doing, *rest)

    async def write(self, things: int = 3) -> None:
        """Write, also through a death before and one after the commit; the keys make it one."""
        for dies_at in ("command.written=9", "command.committed=9", ""):
            writer = await self.run("write", self.url, str(NOTES), str(things), dies_at=dies_at)
            assert await writer.ended() == (-signal.SIGKILL if dies_at else 0), writer.said()

    async def relay_and_count(
        self, *, relay_dies_at: Sequence[str] = (), consumer_dies_at: Sequence[str] = ()
    ) -> None:
        """Bring everything to its end, through a death at each of the named steps."""
        relay, consumer = await asyncio.gather(
            self._survived("relay", relay_dies_at), self._survived("consumer", consumer_dies_at)
        )
        try:
            await eventually(self.is_through, within=WITHIN_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{relay.said()}\n{consumer.said()}") from None
        relay.kill()
        consumer.kill()

    async def cross(self) -> None:
        """Two transactions publish under one key and would overtake one another."""
        relay = await self.run("relay", self.url, self.log)
        crossing = await self.run("cross", self.url, self.log)
        assert await crossing.ended() == 0, f"{crossing.said()}\n{relay.said()}"
        await eventually(self.is_relayed, within=WITHIN_S)
        relay.kill()

    async def _survived(self, doing: str, deaths: Sequence[str]) -> Process:
        for dies_at in deaths:
            process = await self.run(doing, self.url, self.log, dies_at=dies_at)
            assert await process.ended() == -signal.SIGKILL, process.said()
        return await self.run(doing, self.url, self.log)

    async def is_relayed(self) -> bool:
        return await rows(self.url, "SELECT 1 FROM outbox LIMIT 1") == []

    async def is_through(self) -> bool:
        """Nothing waits in the outbox, and the group has acknowledged the whole log."""
        behind = """
            SELECT 1 FROM partition LEFT JOIN group_offset USING (topic, number)
            WHERE next_offset > coalesce("offset", 0) LIMIT 1
        """
        return await self.is_relayed() and await rows(self.log, behind) == []

    async def faults(self) -> dict[str, list[str]]:
        """What the checker says, by the name of the check; only of those that found something."""
        sent = await read_sent(self.url)
        applied = [
            Applied(*row) for row in await rows(self.url, 'SELECT "order", id, key FROM effect')
        ]
        logged = [
            Logged(*row)
            for row in await rows(self.log, 'SELECT number, "offset", id, key FROM event')
        ]
        assert sent, "nothing happened"
        found = {
            "published": published(sent, logged),
            "published_in_order": published_in_order(sent, logged),
            "applied_once": applied_once(logged, applied),
            "applied_in_order": applied_in_order(sent, applied),
        }
        return {name: faults for name, faults in found.items() if faults}


@pytest.fixture
async def small(
    processes: Processes, databases: Databases, request: pytest.FixtureRequest
) -> AsyncIterator[Small]:
    async with (
        databases.fresh("backline.front") as url,
        databases.fresh("backline.kit.messaging") as log,
    ):
        await prepare(url, SCHEMA)
        yield Small(processes, url, log, request.param)


def _seeded(bug: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("small", [bug], indirect=True)


@_seeded("none")
async def test_without_a_bug_nothing_is_found(small: Small):
    await small.write()
    await small.relay_and_count(
        relay_dies_at=["relay.published"],
        consumer_dies_at=["command.written=5", "consumer.handled=5"],
    )
    await small.cross()
    await small.relay_and_count()

    assert await small.faults() == {}


@_seeded("dedupe")
async def test_an_inbox_that_forgets_is_found(small: Small):
    await small.write()
    await small.relay_and_count(consumer_dies_at=["consumer.handled=5"])

    found = await small.faults()
    assert "applied 2 times" in str(found["applied_once"]), found


@_seeded("early ack")
async def test_an_early_acknowledgement_is_found(small: Small):
    await small.write(things=1)
    await small.relay_and_count(consumer_dies_at=["command.written=5"])

    found = await small.faults()
    assert "never applied" in str(found["applied_once"]), found


@_seeded("no key lock")
async def test_positions_without_a_lock_are_found(small: Small):
    await small.cross()

    found = await small.faults()
    assert "out of order in the log" in str(found["published_in_order"]), found
