"""What tests of relays share: a service that publishes, and relays that run beside it."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

from sqlalchemy import text

from backline.kit.core.ids import uuid7
from backline.kit.db.engine import build_engine
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import DOORBELL_CHANNEL, Outbox
from backline.kit.testing.contracts.event_log.scenes import TOPIC
from backline.kit.testing.eventually import eventually


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


async def die(relay, task):
    """End a relay as kill -9 does: it tells nobody anything."""
    closing = asyncio.create_task(relay._pool.close())
    await asyncio.wait([closing], timeout=1)

    async def gone():
        # Once is not enough if the first one meets a connection that is just being closed.
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
        return task.done()

    await eventually(gone, within=30)
    await asyncio.gather(task, closing, return_exceptions=True)
