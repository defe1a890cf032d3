"""A delivery is applied once; a second one gets the first result."""

import asyncio

import pytest

from backline.kit.db.engine import build_engine
from backline.kit.inbox.inbox import (
    Delivery,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    Inbox,
    fingerprint,
)

DELIVERY = Delivery("Sell:1", "k", fingerprint("tea"))


@pytest.fixture
async def engine(kit_database):
    engine = build_engine(kit_database)
    yield engine
    await engine.dispose()


async def test_the_second_delivery_is_told_the_first_result(engine):
    async with engine.begin() as connection:
        assert await Inbox(connection).first_delivery(DELIVERY)
        await Inbox(connection).remember(DELIVERY, {"title": "кухня", "times": [1, None]})

    async with engine.begin() as connection:
        assert not await Inbox(connection).first_delivery(DELIVERY)
        result = await Inbox(connection).recall(DELIVERY)

    assert result == {"title": "кухня", "times": [1, None]}


@pytest.mark.parametrize("result", [None, 0, "", [], "text", 2.5, True])
async def test_any_plain_result_comes_back_as_it_was(engine, result):
    async with engine.begin() as connection:
        await Inbox(connection).first_delivery(DELIVERY)
        await Inbox(connection).remember(DELIVERY, result)

        assert await Inbox(connection).recall(DELIVERY) == result


@pytest.mark.parametrize("key", ["k" * 255, "ключ 🎺", "'; DROP TABLE inbox; --", " "])
async def test_any_text_is_a_key(engine, key):
    delivery = Delivery("Sell:1", key, fingerprint("tea"))

    async with engine.begin() as connection:
        assert await Inbox(connection).first_delivery(delivery)
        assert not await Inbox(connection).first_delivery(delivery)


@pytest.mark.parametrize("key", ["", "k" * 256, "\0", "a\nb", "\ud800"])
async def test_what_cannot_be_kept_is_no_key(engine, key):
    async with engine.connect() as connection:
        with pytest.raises(IdempotencyKeyInvalid):
            await Inbox(connection).first_delivery(Delivery("Sell:1", key, b"x"))


async def test_scopes_are_apart(engine):
    async with engine.begin() as connection:
        for scope in ("Sell:1", "Sell:2", "Buy:1"):
            assert await Inbox(connection).first_delivery(Delivery(scope, "k", b"x"))


async def test_a_key_with_another_content_is_refused(engine):
    async with engine.begin() as connection:
        await Inbox(connection).first_delivery(DELIVERY)

        with pytest.raises(IdempotencyKeyReused):
            await Inbox(connection).first_delivery(Delivery("Sell:1", "k", fingerprint("milk")))


async def test_a_delivery_that_was_rolled_back_may_come_again(engine):
    async with engine.connect() as connection:
        await Inbox(connection).first_delivery(DELIVERY)
        await connection.rollback()

        assert await Inbox(connection).first_delivery(DELIVERY)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_concurrent_delivery_waits_for_the_outcome(engine, commits):
    async with engine.connect() as first, engine.connect() as second:
        await Inbox(first).first_delivery(DELIVERY)
        waiting = asyncio.create_task(Inbox(second).first_delivery(DELIVERY))
        await asyncio.sleep(0)
        assert not waiting.done()

        await (first.commit() if commits else first.rollback())

        assert await waiting is not commits
