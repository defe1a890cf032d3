"""Events are written with the data, in an order that a relay may rely on."""

import asyncio
import random

import pytest
from sqlalchemy import text

from backline.kit.core.ids import uuid7
from backline.kit.db.engine import build_engine
from backline.kit.db.outage import is_outage
from backline.kit.outbox.codec import Envelope
from backline.kit.outbox.outbox import SHARDS, Outbox, shard_of
from tests.kit.test_doorbell_postgres import cut_all


@pytest.fixture
async def engine(kit_database):
    engine = build_engine(kit_database, pool_size=12)
    yield engine
    await engine.dispose()


def an_envelope(key="k", payload=b"", **headers):
    return Envelope(
        id=uuid7(),
        topic="test.v1",
        key=key,
        type="test.v1.Happened",
        payload=payload,
        headers=headers,
    )


async def rows(engine):
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM outbox ORDER BY position"))
        return found.all()


async def test_what_was_added_is_there_after_the_commit(engine):
    envelope = an_envelope("room 1", b"\x00\xff", traceparent="00-ab-cd-01")

    async with engine.begin() as connection:
        await Outbox(connection).add([envelope])

    (row,) = await rows(engine)
    assert (row.id, row.topic, row.key, row.type, row.payload, row.headers, row.shard) == (
        envelope.id,
        "test.v1",
        "room 1",
        "test.v1.Happened",
        b"\x00\xff",
        {"traceparent": "00-ab-cd-01"},
        shard_of("room 1"),
    )


async def test_nothing_is_there_after_a_rollback(engine):
    async with engine.connect() as connection:
        await Outbox(connection).add([an_envelope()])
        await connection.rollback()

    assert await rows(engine) == []


@pytest.mark.parametrize("how_many", [1, 2])
async def test_a_connection_that_is_cut_is_an_outage_and_the_next_one_works(
    engine, kit_database, how_many
):
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await cut_all(kit_database)
        with pytest.raises(Exception) as cut:  # noqa: PT011 - judged below
            await Outbox(connection).add([an_envelope("a")] * how_many)
    assert is_outage(cut.value)

    async with engine.begin() as connection:
        await Outbox(connection).add([an_envelope("a")])
    assert len(await rows(engine)) == 1


async def test_nothing_to_add_is_no_statement(engine):
    async with engine.connect() as connection:
        await Outbox(connection).add([])

        assert not connection.in_transaction()


async def test_one_transaction_keeps_its_order(engine):
    envelopes = [an_envelope(f"key {number % 7}") for number in range(200)]

    async with engine.begin() as connection:
        await Outbox(connection).add(envelopes)

    assert [row.id for row in await rows(engine)] == [envelope.id for envelope in envelopes]


@pytest.mark.parametrize("at_once", [1, 2])
async def test_a_key_keeps_the_order_of_commits_under_concurrent_writers(engine, at_once):
    """Positions of one key rise with its commits: what a reader has seen, nothing precedes.

    Every writer holds its transaction open for a while after it drew positions, which is when
    a writer without the lock would be overtaken.
    """
    chance = random.Random(20)
    seen: dict[str, int] = {}

    async def write():
        for _ in range(15):
            keys = chance.sample(["a", "b", "c", "d"], at_once)
            pause = chance.uniform(0, 0.01)
            async with engine.connect() as connection:
                await Outbox(connection).add([an_envelope(key) for key in keys])
                await connection.execute(text("SELECT pg_sleep(:pause)"), {"pause": pause})
                await connection.commit()

    async def read(writing):
        while not writing.done():
            for row in await rows(engine):
                highest = seen.get(row.key, 0)
                assert row.position > highest or row.id in known, "a key was overtaken"
                known.add(row.id)
                seen[row.key] = max(highest, row.position)

    known = set()
    writing = asyncio.gather(*[write() for _ in range(8)])
    await asyncio.gather(writing, read(writing))

    assert len(await rows(engine)) == 8 * 15 * at_once


async def test_keys_taken_in_opposite_orders_do_not_deadlock(engine):
    async def write(keys):
        for _ in range(25):
            async with engine.begin() as connection:
                await Outbox(connection).add([an_envelope(key) for key in keys])

    keys = [f"key {number}" for number in range(6)]
    await asyncio.gather(*[write(keys[::step]) for step in (1, -1) * 4])

    assert len(await rows(engine)) == 8 * 25 * 6


def test_shards_are_spread_and_stay_where_they_are():
    assert {shard_of(f"key {number}") for number in range(200)} == set(range(SHARDS))
    # Known answers: a key that moved would be relayed out of order.
    assert [shard_of("room"), shard_of("track 1"), shard_of("кухня")] == [3, 5, 4]
