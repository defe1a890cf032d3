"""What the outbox benches share: databases with a filled outbox, and a check of every row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import asyncpg

from backline.kit.db.engine import asyncpg_url
from backline.kit.db.migrations import migrate
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.outbox import shard_of
from backline.kit.testing.databases import PostgresServer

TOPIC = "bench.v1"
KEYS = 800
PAYLOAD = bytes(range(200))

_FILL = """
INSERT INTO outbox (shard, id, topic, key, type, headers, payload)
SELECT ($2::smallint[])[1 + nth % $3], uuidv7(), $4, 'key ' || nth % $3, $4 || '.Sold', '{}',
  int8send(nth / $3) || $5::bytea
FROM generate_series(0::bigint, $1 - 1) AS nth ORDER BY nth
"""


@asynccontextmanager
async def database(server: PostgresServer, name: str, package: str) -> AsyncIterator[str]:
    """A migrated database of that name; dropped afterwards."""
    admin = await asyncpg.connect(asyncpg_url(server.url))
    await admin.execute(f"CREATE DATABASE {name}")
    url = server.database(name)
    await migrate(url, package)
    try:
        yield url
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def fill(url: str, events: int, topic: str = TOPIC) -> None:
    """Let `events` wait in the outbox of `url`, over `KEYS` keys in turn, each numbered from 0."""
    connection = await asyncpg.connect(asyncpg_url(url))
    shards = [shard_of(f"key {number}") for number in range(KEYS)]
    await connection.execute(_FILL, events, shards, KEYS, topic, PAYLOAD)
    await connection.execute("ANALYZE outbox")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def relayed(url: str, relay: Relay, events: int) -> float:
    """Run `relay` until nothing waits any more; events per second."""
    stop = asyncio.Event()
    connection = await asyncpg.connect(asyncpg_url(url))
    began = perf_counter()
    running = asyncio.create_task(relay.run(stop))
    while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    took = perf_counter() - began
    stop.set()
    await running
    await connection.execute("TRUNCATE outbox_published")
    await connection.close()
    return events / took


class Checked:
    """Every event once, each key's in order."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.events = 0

    def see(self, key: str, payload: bytes) -> None:
        number = int.from_bytes(payload[:8])
        assert number == self.numbers.get(key, 0), f"{key}: {number}, not {self.numbers.get(key)}"
        self.numbers[key] = number + 1
        self.events += 1
