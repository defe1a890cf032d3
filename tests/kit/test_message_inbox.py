"""A message is applied once, however often it comes, and never when that cannot be known."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest
from sqlalchemy import text

from backline.kit.core.ids import uuid7
from backline.kit.db.connection import connected
from backline.kit.db.engine import build_engine
from backline.kit.db.migrations import migrate
from backline.kit.inbox.messages import (
    MessageIdInvalid,
    MessageInbox,
    MessageTooOld,
    first_id,
    made_at,
)
from backline.kit.messaging.housekeeping import HouseKeeping, turn_the_page

KEEP = timedelta(days=14)
ONE_DAY = timedelta(days=1)


class Inbox:
    """The inbox of one service, and its house-keeping on days of our choice."""

    def __init__(self, url, engine, connection):
        self.url, self.engine, self.connection = url, engine, connection

    async def claim(self, *ids, consumer="Count"):
        async with self.engine.begin() as connection:
            return await MessageInbox(connection).claim(dict.fromkeys(ids, consumer))

    async def turn_the_page(self, day, keep=KEEP):
        await turn_the_page(self.connection, now=day, keep=keep)

    async def partitions(self):
        rows = await self.connection.fetch(
            "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
            " WHERE inhparent = 'inbox_message'::regclass ORDER BY relname"
        )
        return [row["relname"].removeprefix("inbox_message_") for row in rows]

    async def rows(self, table="inbox_message"):
        return await self.connection.fetchval(f"SELECT count(*) FROM {table}")


@pytest.fixture
async def inbox(kit_database):
    engine = build_engine(kit_database)
    async with connected(kit_database, application_name="test") as connection:
        yield Inbox(kit_database, engine, connection)
    await engine.dispose()


@pytest.fixture
def today():
    return datetime.now(UTC)  # noqa: TID251


def made_on(moment):
    """A UUIDv7 as a clock that shows `moment` makes it."""
    return UUID(int=first_id(moment).int | uuid7().int & (1 << 80) - 1)


def test_an_id_says_when_it_was_made():
    moment = datetime(2026, 11, 21, 20, 15, 3, 7000, tzinfo=UTC)

    assert made_at(made_on(moment)) == moment
    assert made_on(moment - timedelta(milliseconds=1)) < first_id(moment) < made_on(moment)


async def test_a_message_is_claimed_once(inbox):
    one, two, three = uuid7(), uuid7(), uuid7()

    assert await inbox.claim(one, two) == {one, two}
    assert await inbox.claim(two, three) == {three}
    assert await inbox.claim(one, two, three) == set()


async def test_consumers_are_apart(inbox):
    id_ = uuid7()

    assert await inbox.claim(id_)
    assert await inbox.claim(id_, consumer="Charge")
    assert not await inbox.claim(id_, consumer="Charge")


async def test_what_was_rolled_back_may_come_again(inbox):
    id_ = uuid7()
    async with inbox.engine.connect() as connection:
        assert await MessageInbox(connection).claim({id_: "Count"})
        await connection.rollback()

    assert await inbox.claim(id_)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_concurrent_delivery_waits_for_the_outcome(inbox, commits):
    id_ = uuid7()
    async with inbox.engine.connect() as first, inbox.engine.connect() as second:
        await MessageInbox(first).claim({id_: "Count"})
        waiting = asyncio.create_task(MessageInbox(second).claim({id_: "Count"}))
        await asyncio.sleep(0)
        assert not waiting.done()

        await (first.commit() if commits else first.rollback())

        assert await waiting == (set() if commits else {id_})


async def test_the_same_messages_in_other_orders_do_not_deadlock(inbox):
    ids = [uuid7() for _ in range(200)]
    orders = [random.sample(ids, len(ids)) for _ in range(5)]

    claimed = await asyncio.gather(*[inbox.claim(*order) for order in orders])

    assert sorted(id_ for some in claimed for id_ in some) == sorted(ids)


@pytest.mark.parametrize("id_", [UUID(int=0), uuid4(), uuid5(uuid4(), "x"), UUID(int=2**128 - 1)])
async def test_an_id_that_does_not_say_its_time_is_refused(inbox, id_):
    fine = uuid7()

    with pytest.raises(MessageIdInvalid) as refusal:
        await inbox.claim(fine, id_)

    assert refusal.value.metadata == {"message_id": str(id_)}
    assert await inbox.rows() == 0


@pytest.mark.parametrize("tidied", [True, False])
async def test_a_message_older_than_what_is_kept_is_refused(inbox, today, tidied):
    if tidied:
        await inbox.turn_the_page(today)
    old = made_on(today - timedelta(days=16))

    with pytest.raises(MessageTooOld) as refusal:
        await inbox.claim(uuid7(), old)

    assert refusal.value.metadata == {"message_id": str(old)}
    assert await inbox.rows() == 0


@pytest.mark.parametrize("tidied", [True, False])
async def test_ids_of_all_days_that_are_kept_and_of_days_to_come_work(inbox, today, tidied):
    if tidied:
        await inbox.turn_the_page(today)
    ids = [made_on(today + n * ONE_DAY) for n in (-14, -13, -1, 0, 1, 2, 3, 400)]

    assert await inbox.claim(*ids) == set(ids)
    assert await inbox.claim(*ids) == set()


async def test_partitions_are_made_ahead(inbox):
    await inbox.turn_the_page(datetime(2040, 2, 28, 23, 59, tzinfo=UTC))

    assert await inbox.partitions() == ["20400228", "20400229", "20400301", "default"]


async def test_what_came_before_its_day_had_a_partition_is_moved_and_stays_known(inbox, today):
    ids = [made_on(today + n * ONE_DAY) for n in (-5, 0, 1)]
    await inbox.claim(*ids)
    assert await inbox.rows("inbox_message_default") == 3

    await inbox.turn_the_page(today)

    assert await inbox.rows("inbox_message_default") == 0
    assert f"{today - 5 * ONE_DAY:%Y%m%d}" in await inbox.partitions()
    assert await inbox.claim(*ids) == set()


async def test_old_days_are_dropped_and_their_messages_refused_from_then_on(inbox, today):
    ids = [made_on(today + n * ONE_DAY) for n in (-1, 0, 1)]
    await inbox.turn_the_page(today)
    await inbox.claim(*ids)

    await inbox.turn_the_page(today + 14 * ONE_DAY)
    assert await inbox.claim(*ids[1:]) == set()
    with pytest.raises(MessageTooOld):
        await inbox.claim(ids[0])

    await inbox.turn_the_page(today + 15 * ONE_DAY)
    assert await inbox.claim(ids[2]) == set()
    with pytest.raises(MessageTooOld):
        await inbox.claim(ids[1])


async def test_messages_without_a_partition_grow_too_old_as_well(inbox, today):
    id_ = made_on(today)
    await inbox.claim(id_)

    await inbox.turn_the_page(today + 20 * ONE_DAY)

    with pytest.raises(MessageTooOld):
        await inbox.claim(id_)


async def test_what_was_forgotten_stays_forgotten(inbox, today):
    """Also if it is to be kept longer from now on, or if a clock is set back."""
    await inbox.turn_the_page(today, keep=ONE_DAY)
    await inbox.turn_the_page(today - ONE_DAY, keep=KEEP)

    with pytest.raises(MessageTooOld):
        await inbox.claim(made_on(today - 3 * ONE_DAY))


async def test_tidying_up_twice_changes_nothing(inbox, today):
    await inbox.turn_the_page(today)
    before = await inbox.partitions()

    async with inbox.engine.begin() as busy:
        await MessageInbox(busy).claim({uuid7(): "Count"})
        await inbox.turn_the_page(today)  # does not even wait for the one who is busy

    assert await inbox.partitions() == before


async def test_house_keeping_waits_for_nobody_and_comes_back(inbox):
    house_keeping = HouseKeeping()

    async with inbox.engine.begin() as busy:
        await MessageInbox(busy).claim({uuid7(): "Count"})
        await house_keeping.now_and_then(inbox.connection)
        assert await inbox.partitions() == ["default"]

    await HouseKeeping().now_and_then(inbox.connection)
    assert len(await inbox.partitions()) > 1


async def test_deliveries_go_on_while_days_pass(inbox, today):
    """Each message is claimed exactly once, whichever partition it is in at the moment."""
    ids = [made_on(today + n * timedelta(hours=8)) for n in range(12) for _ in range(10)]
    claimed = []

    async def deliver(seed):
        for id_ in random.Random(seed).sample(ids, len(ids)):
            claimed.extend(await inbox.claim(id_))

    async def live():
        async with connected(inbox.url, application_name="test") as connection:
            for hour in range(0, 96, 4):
                with contextlib.suppress(asyncpg.LockNotAvailableError):  # a slow machine
                    now = today + timedelta(hours=hour)
                    await turn_the_page(connection, now=now, keep=KEEP)

    await asyncio.gather(*[deliver(seed) for seed in range(4)], live())

    assert sorted(claimed) == sorted(ids)


async def test_what_was_applied_under_a_text_key_stays_applied(databases, today):
    """The migration takes over what consumers kept before there was this inbox."""
    applied, other, old = uuid7(), uuid7(), made_on(today - timedelta(days=60))
    async with databases.fresh("backline.front") as url:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute("DROP TABLE inbox_message")
        await connection.execute(
            "UPDATE alembic_version SET version_num = 'inbox_0001' WHERE version_num = 'inbox_0002'"
        )
        for scope, key in product(("Count:0", "Count:7"), (str(applied), "any text", str(old))):
            await connection.execute("INSERT INTO inbox VALUES ($1, $2, '')", scope, key)
        await connection.close()

        await migrate(url, "backline.front")

        engine = build_engine(url)
        async with engine.begin() as taken_over:
            claimed = await MessageInbox(taken_over).claim({applied: "Count", other: "Count"})
            rows = (await taken_over.execute(text("SELECT consumer, id FROM inbox_message"))).all()
        await engine.dispose()

    assert claimed == {other}
    assert sorted(rows) == sorted([("Count", applied), ("Count", other)])
