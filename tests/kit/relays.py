"""What tests of relays share: a service that publishes, and relays that run beside it."""

import asyncio
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text

from backline.kit.core import failpoints
from backline.kit.core.ids import uuid7
from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, Outbox
from backline.kit.testing.contracts.event_log.scenes import TOPIC

HASTY = Lease(lasts_s=1.0, beat_s=0.1)
"""Of relays that die, so that the next one need not wait for long."""


class Shop:
    """A service that counts per key and publishes each count."""

    def __init__(self, url, doorbell):
        self.engine = build_engine(url, pool_size=8)
        self.doorbell = doorbell
        self.counts: Counter[str] = Counter()

    async def sell(self, *keys):
        """One transaction; its events carry the number of the sale of their key."""
        async with self.engine.connect() as connection:
            sold = Counter(self.counts)
            events = []
            for key in keys:
                sold[key] += 1
                events.append(self.event(key, sold[key]))
            await Outbox(connection).add(events)
            await connection.commit()
        self.counts.update(keys)
        self.doorbell.ring(DOORBELL_CHANNEL)

    def has_sold(self, wanted):
        return self.counts.total() >= wanted

    async def left(self):
        async with self.engine.connect() as connection:
            return await connection.scalar(text("SELECT count(*) FROM outbox"))

    def event(self, key, number):
        return Envelope(
            id=uuid7(), topic=TOPIC, key=key, type=f"{TOPIC}.Sold", payload=str(number).encode()
        )

    def all_in_order(self, seen):
        """Every sale of every key arrived, once, in its order."""
        return seen.by_key == {key: list(range(1, n + 1)) for key, n in self.counts.items()}


@asynccontextmanager
async def relaying(relay):
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


@asynccontextmanager
async def relaying_apart(url, log_url, *, dies_at):
    """A relay in a process of its own, which ends by SIGKILL at the failpoint `dies_at`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kit.relays", url, log_url, dies_at
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _relay(url, log_url):
    log = PostgresEventLog(log_url)
    relay = Relay(url, log, source="shop", doorbell=PostgresDoorbell(url), batch=5, lease=HASTY)
    await relay.run(asyncio.Event())


if __name__ == "__main__":
    failpoints.arm(sys.argv[3])
    asyncio.run(_relay(*sys.argv[1:3]))
