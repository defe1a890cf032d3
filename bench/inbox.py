"""[inbox] Messages applied once, many in one transaction, against one transaction for each.

Ours is the whole way of a consumer: `consume_in_batches` takes the messages from a log, keeps the
order of their keys, claims them in the inbox, counts a play for each, commits, and moves the
watermark. The log is the one in memory, so that nothing but the consumer is measured. The reference
does per message what is usually written: a transaction with the claim, the effect and the commit,
over bare asyncpg, eight at a time. Same PostgreSQL with its production settings, same rows.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import uvloop
from dishka import Provider, Scope, make_async_container
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backline.kit.core.actor import Actor
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command
from backline.kit.db.connection import connected
from backline.kit.db.doorbell import Doorbell, MemoryDoorbell
from backline.kit.db.engine import asyncpg_url, build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.mediator import Mediator
from backline.kit.messaging.batches import consume_in_batches
from backline.kit.messaging.housekeeping import HouseKeeping
from backline.kit.messaging.log import Delivered, Record
from backline.kit.outbox.codec import Envelope, EventCodec
from backline.kit.outbox.outbox import SHARDS, shard_of
from backline.kit.testing.memory_log import MemoryEventLog
from backline.kit.testing.memory_parking import MemoryParking
from harness import claim, in_turns, run
from servers import postgres

MESSAGES = 30_000
NAIVE = 4_000
TRACKS = 2_000
SIDE_BY_SIDE = 3
CONNECTIONS = 8
TOPIC = "bench.v1"
AT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
PACKAGES = ("asyncpg", "sqlalchemy", "dishka")


@dataclass(frozen=True, slots=True)
class CountPlay(Command[None]):
    track: int


async def count_plays(commands: Sequence[CountPlay], connection: AsyncConnection) -> None:
    await connection.execute(
        text(
            "UPDATE tally SET plays = plays + 1"
            " FROM unnest(CAST(:tracks AS int[])) AS played (track)"
            " WHERE tally.track = played.track"
        ),
        {"tracks": [command.track for command in commands]},
    )


class NoCodec:
    def encode(self, event: Any) -> Envelope:
        raise NotImplementedError


def build_mediator(engine: AsyncEngine) -> Mediator:
    async def connections() -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection

    provider = Provider(scope=Scope.REQUEST)
    provider.provide(connections)
    provider.provide(UnitOfWork)
    provider.provide(MemoryDoorbell, provides=Doorbell)
    provider.provide(NoCodec, provides=EventCodec)
    provider.from_context(Actor, scope=Scope.REQUEST)
    return Mediator(make_async_container(provider), [count_plays])


async def filled(count: int) -> MemoryEventLog:
    """A log that holds `count` plays of `TRACKS` songs."""
    event_log = MemoryEventLog()
    writer, _ = await event_log.take("bench", range(SHARDS))
    for number in range(count):
        key = f"track:{number % TRACKS}"
        envelope = Envelope(
            id=uuid7(),
            topic=TOPIC,
            key=key,
            type=f"{TOPIC}.Played",
            payload=str(number % TRACKS).encode(),
        )
        await writer.append(shard_of(key), [Record.of(envelope, AT)])
    return event_log


async def ours(url: str) -> float:
    """Messages per second."""
    engine = build_engine(url, pool_size=SIDE_BY_SIDE)
    mediator = build_mediator(engine)
    event_log = await filled(MESSAGES)
    stop, left = asyncio.Event(), MESSAGES

    async def handle(messages: Sequence[Delivered]) -> None:
        nonlocal left
        await mediator.deliver({m.id: CountPlay(int(m.payload)) for m in messages})
        left -= len(messages)
        if left == 0:
            stop.set()

    began = perf_counter()
    await consume_in_batches(
        event_log,
        [TOPIC],
        "bench",
        handle,
        stop,
        parking=MemoryParking(),
        side_by_side=SIDE_BY_SIDE,
    )
    taken = perf_counter() - began
    await engine.dispose()
    return MESSAGES / taken


async def naive(url: str) -> float:
    """Messages per second."""
    import asyncpg

    pool = await asyncpg.create_pool(asyncpg_url(url), min_size=CONNECTIONS, max_size=CONNECTIONS)
    waiting = iter([(uuid7(), number % TRACKS) for number in range(NAIVE)])

    async def work() -> None:
        async with pool.acquire() as connection:
            for id_, track in waiting:
                async with connection.transaction():
                    new = await connection.fetchval(
                        "INSERT INTO inbox_message VALUES ('naive', $1) ON CONFLICT DO NOTHING"
                        " RETURNING true",
                        id_,
                    )
                    if new:
                        await connection.execute(
                            "UPDATE tally SET plays = plays + 1 WHERE track = $1", track
                        )

    began = perf_counter()
    await asyncio.gather(*[work() for _ in range(CONNECTIONS)])
    taken = perf_counter() - began
    await pool.close()
    return NAIVE / taken


async def main() -> bool:
    async with (
        postgres({"shop": "backline.front"}) as urls,
        connected(urls["shop"], application_name="bench") as admin,
    ):
        url = urls["shop"]
        await admin.execute(
            "CREATE TABLE tally (track int PRIMARY KEY, plays int NOT NULL DEFAULT 0)"
        )
        await admin.execute(f"INSERT INTO tally SELECT generate_series(0, {TRACKS - 1})")
        await HouseKeeping().now_and_then(admin)

        async def clean(measured: float) -> float:
            """Every message had its effect, once; forget them."""
            plays = await admin.fetchval("SELECT sum(plays) FROM tally")
            assert plays == await admin.fetchval("SELECT count(*) FROM inbox_message"), plays
            await admin.execute("TRUNCATE inbox_message; UPDATE tally SET plays = 0")
            await admin.execute("VACUUM tally")
            return measured

        async def one() -> float:
            return await clean(await ours(url))

        async def other() -> float:
            return await clean(await naive(url))

        await one()
        mine, theirs = await in_turns(one, other)
    held = claim(
        "inbox",
        ours=mine,
        reference=[30_000],
        unit="messages/s",
        goal=">=1",
        packages=PACKAGES,
        note="with effect, in batches; the reference is the goal",
    )
    return held & claim(
        "inbox_batches",
        ours=mine,
        reference=theirs,
        unit="messages/s",
        goal=">=5",
        packages=PACKAGES,
        note="with effect, against one transaction for each message",
    )


if __name__ == "__main__":
    uvloop.install()
    run(main)
