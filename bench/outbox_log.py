"""[outbox_log] From a filled outbox to the PostgreSQL log, against a bare loop.

Two databases on one server. The bare loop does per batch what has to be done, and nothing else:
the same statement that reads, the same two that append and forget, on connections of its own,
one shard after another on each; no leases, no doorbells, no records, no lanes. Both move the
same batches of the same rows, and afterwards every event is looked for in the log: once, in the
order of its key, without a gap in the offsets.

Then the same while relays die between the two databases, where nothing may be missing or twice.

[outbox_log.publish] A transaction as a use case has it, one row read and locked, changed, and the
change noted, with and without an event beside it.
"""

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import perf_counter
from uuid import UUID

import asyncpg
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from backline.kit.core.ids import uuid7
from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.db.engine import asyncpg_url, build_engine
from backline.kit.messaging import postgres, relay
from backline.kit.messaging.log import Record, Writer
from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.published import PublishedEvents
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS, Outbox
from backline.kit.testing.databases import postgres_server
from harness import claim, in_turns
from outbox_parts import KEYS, PAYLOAD, TOPIC, Checked, database, fill, relayed

EVENTS = 100_000
DYING_EVENTS = 40_000
BATCH = 2_000
TRANSACTIONS = 2_000
PUBLISH_ROUNDS = 15
WRITERS = 8
PACKAGES = ("asyncpg", "uvloop", "sqlalchemy")

_USE_CASE = [
    text("SELECT votes FROM song WHERE id = :id FOR UPDATE"),
    text("UPDATE song SET votes = votes + 1 WHERE id = :id"),
    text("INSERT INTO vote (song_id) VALUES (:id)"),
]


async def check(log_url: str, events: int) -> None:
    """Everything is there, once, each key's in order, and the offsets have no gaps."""
    connection = await asyncpg.connect(asyncpg_url(log_url))
    checked = Checked()
    rows = await connection.fetch(
        'SELECT number, "offset", key, payload FROM event ORDER BY number, "offset"'
    )
    offsets: dict[int, int] = {}
    for row in rows:
        assert row["offset"] == offsets.get(row["number"], 0)
        offsets[row["number"]] = row["offset"] + 1
        checked.see(row["key"], row["payload"])
    assert checked.events == events, f"{checked.events} of {events}"
    await connection.execute("TRUNCATE event, partition, source")
    await connection.close()


async def ours(url: str, log_url: str) -> float:
    await fill(url, EVENTS)
    log = PostgresEventLog(log_url)
    one = Relay(url, log, source="bench", doorbell=MemoryDoorbell(), batch=BATCH)
    rate = await relayed(url, one, EVENTS)
    await log.close()
    await check(log_url, EVENTS)
    return rate


async def bare(url: str, log_url: str) -> float:
    await fill(url, EVENTS)
    outboxes = [await asyncpg.connect(asyncpg_url(url)) for _ in range(2)]
    logs = [await asyncpg.connect(asyncpg_url(log_url)) for _ in range(2)]
    await PublishedEvents().look(outboxes[0])
    shards = list(range(SHARDS))
    epochs = {
        row["shard"]: row["epoch"] for row in await logs[0].fetch(postgres.TAKE, "bench", shards)
    }
    held = {
        row["shard"]: row["epoch"]
        for row in await outboxes[0].fetch("SELECT shard, epoch FROM relay_shard")
    }

    async def move(number: int) -> None:
        mine = shards[number::2]
        while mine:
            for shard in list(mine):
                rows = await outboxes[number].fetch(relay.READ, [shard], [0], BATCH)
                if rows[0]["position"] is None:
                    mine.remove(shard)
                    continue
                columns = list(zip(*rows, strict=True))[3:]
                await logs[number].execute(postgres.APPEND, "bench", shard, epochs[shard], *columns)
                positions = [row["position"] for row in rows]
                await outboxes[number].fetch(relay.FORGET, [shard], [held[shard]], positions)

    began = perf_counter()
    await asyncio.gather(move(0), move(1))
    took = perf_counter() - began
    await outboxes[0].execute("TRUNCATE outbox_published")
    for connection in (*outboxes, *logs):
        await connection.close()
    await check(log_url, EVENTS)
    return EVENTS / took


class Mortal:
    """A writer that dies now and then when the log has what the outbox has not forgotten."""

    in_flight = 1

    def __init__(self, writer: Writer, chance: random.Random) -> None:
        self._writer = writer
        self._chance = chance

    async def append(self, shard: int, records: Sequence[Record]) -> None:
        await self._writer.append(shard, records)
        if self._chance.random() < 0.2:
            raise ConnectionResetError("dead")


class MortalLog(PostgresEventLog):
    @override
    async def take(self, source: str, shards: Sequence[int]) -> tuple[Writer, Sequence[UUID]]:
        writer, published = await super().take(source, shards)
        return Mortal(writer, random.Random(len(shards))), published


async def while_relays_die(url: str, log_url: str) -> float:
    await fill(url, DYING_EVENTS)
    log = MortalLog(log_url)
    one, two = (
        Relay(
            url, log, source="bench", doorbell=MemoryDoorbell(), batch=BATCH,
            lease=Lease(lasts_s=5.0, beat_s=0.05),
        )
        for _ in range(2)
    )  # fmt: skip
    stop = asyncio.Event()
    running = asyncio.create_task(two.run(stop))
    rate = await relayed(url, one, DYING_EVENTS)
    stop.set()
    await running
    await log.close()
    await check(log_url, DYING_EVENTS)
    return rate


async def business(url: str, publish: Callable[[AsyncConnection, int], Awaitable[None]]) -> float:
    """Transactions per second."""
    engine = build_engine(url, pool_size=WRITERS)
    numbers = iter(range(TRANSACTIONS))

    async def write() -> None:
        for number in numbers:
            async with engine.begin() as connection:
                for statement in _USE_CASE:
                    await connection.execute(statement, {"id": number % KEYS})
                await publish(connection, number)

    began = perf_counter()
    await asyncio.gather(*[write() for _ in range(WRITERS)])
    took = perf_counter() - began
    async with engine.begin() as connection:
        await connection.execute(text("TRUNCATE outbox, vote"))
    await engine.dispose()
    return TRANSACTIONS / took


async def nothing(connection: AsyncConnection, number: int) -> None:
    """The reference publishes nothing."""


async def one_event(connection: AsyncConnection, number: int) -> None:
    envelope = Envelope(uuid7(), TOPIC, f"key {number % KEYS}", f"{TOPIC}.Voted", PAYLOAD)
    await Outbox(connection).add([envelope])


async def main() -> bool:
    note = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    with postgres_server(durable=True) as server:
        async with (
            database(server, "shop", "backline.front") as url,
            database(server, "log", "backline.kit.messaging") as log_url,
        ):
            await bare(url, log_url)
            mine, theirs = await in_turns(partial(ours, url, log_url), partial(bare, url, log_url))
            held = claim(
                "outbox_log", ours=mine, reference=theirs, unit="events/s", goal=">=0.6",
                packages=PACKAGES, note=note,
            )  # fmt: skip
            rate = await while_relays_die(url, log_url)
            print(f"  while relays die: {rate:.0f} events/s, no gap, nothing twice", flush=True)

            connection = await asyncpg.connect(asyncpg_url(url))
            await connection.execute(
                "CREATE TABLE song AS SELECT id, 0 AS votes FROM generate_series(0, 799) AS id"
            )
            await connection.execute("CREATE UNIQUE INDEX ON song (id)")
            await connection.execute(
                "CREATE TABLE vote (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                " song_id int, at timestamptz DEFAULT now())"
            )
            await connection.close()
            await business(url, one_event)
            mine, theirs = await in_turns(
                partial(business, url, one_event),
                partial(business, url, nothing),
                rounds=PUBLISH_ROUNDS,
            )
            cost = claim(
                "outbox_log.publish", ours=mine, reference=theirs, unit="transactions/s",
                goal=">=0.85", packages=PACKAGES, note=note,
            )  # fmt: skip
    return held and cost


if __name__ == "__main__":
    sys.exit(0 if uvloop.run(main()) else 1)
