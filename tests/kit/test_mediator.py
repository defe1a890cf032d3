"""One message, one transaction, one result."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from dishka import Provider, Scope, make_async_container
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from backline.kit.core.actor import ANONYMOUS, Actor, Role
from backline.kit.core.errors import Aborted, NotFound, Unavailable
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command, Event, Query
from backline.kit.db.doorbell import Doorbell, MemoryDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.inbox.inbox import IdempotencyKeyReused
from backline.kit.mediator import ATTEMPTS, Mediator, OutcomeUnknown
from backline.kit.outbox.codec import Envelope, EventCodec
from tests.kit.test_doorbell_postgres import cut_all

ANNA = Actor(id=1, role=Role.LISTENER)
BERT = Actor(id=2, role=Role.LISTENER)


@dataclass(frozen=True, slots=True)
class Sold(Event):
    what: str

    @property
    @override
    def key(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Sell(Command[str]):
    what: str


@dataclass(frozen=True, slots=True)
class CountSold(Query[int]):
    pass


@dataclass(frozen=True, slots=True)
class Rename(Command[None]):
    first: str
    second: str


class SoldOut(NotFound):
    """There is none left."""


class Trouble:
    """What goes wrong, and when."""

    def __init__(self):
        self.in_handler = []
        self.at_commit = []
        self.tries = 0
        self.both_hold_one = asyncio.Barrier(2)

    async def strike(self, plan):
        if plan:
            raise plan.pop(0)


class TroubledUnitOfWork(UnitOfWork):
    """Its commit may fail, before or after the server has got it."""

    trouble: Trouble

    @override
    async def _make_permanent(self):
        if self.trouble.at_commit:
            error, reaches_the_server = self.trouble.at_commit.pop(0)
            if reaches_the_server:
                await super()._make_permanent()
            raise error
        await super()._make_permanent()


class PlainCodec:
    def encode(self, event):
        return Envelope(
            id=uuid7(), topic="shop.v1", key=event.key, type="shop.v1.Sold", payload=b""
        )


async def sell(command: Sell, uow: UnitOfWork, trouble: Trouble, actor: Actor) -> str:
    trouble.tries += 1
    if command.what == "nothing":
        raise SoldOut("There is none left. Ask again tomorrow.")
    await uow.connection.execute(
        text("INSERT INTO sale (what, actor) VALUES (:what, :actor)"),
        {"what": command.what, "actor": actor.id},
    )
    uow.record(Sold(command.what))
    uow.ring("shop")
    await trouble.strike(trouble.in_handler)
    return str(uuid4())


async def rename(command: Rename, connection: AsyncConnection, trouble: Trouble) -> None:
    trouble.tries += 1
    first_try = trouble.tries <= 4
    for number, what in enumerate((command.first, command.second)):
        if number and first_try:
            await trouble.both_hold_one.wait()
        await connection.execute(
            text("UPDATE sale SET actor = 7 WHERE what = :what"), {"what": what}
        )


async def count_sold(query: CountSold, connection: AsyncConnection) -> int:
    counted = await connection.execute(text("SELECT count(*) FROM sale"))
    return int(counted.scalar_one())


class Shop:
    def __init__(self, url, engine, mediator, trouble, doorbell):
        self.url, self.engine, self.mediator = url, engine, mediator
        self.trouble, self.doorbell = trouble, doorbell

    async def count(self, table):
        async with self.engine.connect() as connection:
            return await connection.scalar(text(f"SELECT count(*) FROM {table}"))

    async def written(self):
        """Sales, events and keys."""
        return [await self.count(table) for table in ("sale", "outbox", "inbox")]


class RecordingDoorbell(MemoryDoorbell):
    def __init__(self):
        super().__init__()
        self.rung = []

    @override
    def ring(self, channel):
        self.rung.append(channel)


@pytest.fixture
async def shop(kit_database):
    engine = build_engine(kit_database, pool_size=12)
    trouble, doorbell = Trouble(), RecordingDoorbell()
    async with engine.begin() as connection:
        await connection.execute(
            text("CREATE TABLE sale (id serial PRIMARY KEY, what text UNIQUE, actor int)")
        )

    class TheirUnitOfWork(TroubledUnitOfWork):
        pass

    TheirUnitOfWork.trouble = trouble  # the container builds it anew for each message

    async def connections() -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection

    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: engine, provides=AsyncEngine)
    provider.provide(lambda: trouble, provides=Trouble)
    provider.provide(lambda: doorbell, provides=Doorbell)
    provider.provide(PlainCodec, provides=EventCodec)
    provider.provide(connections, scope=Scope.REQUEST)
    provider.provide(TheirUnitOfWork, provides=UnitOfWork, scope=Scope.REQUEST)
    provider.from_context(Actor, scope=Scope.REQUEST)
    container = make_async_container(provider)
    yield Shop(
        kit_database, engine, Mediator(container, [sell, rename, count_sold]), trouble, doorbell
    )
    await container.close()
    await engine.dispose()


async def test_data_and_event_are_written_together(shop):
    await shop.mediator.send(Sell("tea"), actor=ANNA)

    assert await shop.written() == [1, 1, 0]
    assert set(shop.doorbell.rung) == {"shop", "outbox"}


async def test_a_query_is_answered(shop):
    await shop.mediator.send(Sell("tea"))

    assert await shop.mediator.send(CountSold()) == 1


async def test_a_refusal_writes_nothing_and_leaves_the_key_free(shop):
    with pytest.raises(SoldOut):
        await shop.mediator.send(Sell("nothing"), actor=ANNA, key="k")

    assert await shop.written() == [0, 0, 0]
    assert shop.doorbell.rung == []


async def test_one_key_twenty_times_at_once_is_one_effect_and_one_result(shop):
    results = await asyncio.gather(
        *[shop.mediator.send(Sell("tea"), actor=ANNA, key="k") for _ in range(20)]
    )

    assert len(set(results)) == 1
    assert await shop.written() == [1, 1, 1]


async def test_a_key_belongs_to_its_actor(shop):
    anna = await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")
    bert = await shop.mediator.send(Sell("milk"), actor=BERT, key="k")

    assert anna != bert
    assert await shop.written() == [2, 2, 2]


async def test_a_key_used_for_something_else_is_refused(shop):
    await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    with pytest.raises(IdempotencyKeyReused) as refusal:
        await shop.mediator.send(Sell("milk"), actor=ANNA, key="k")

    assert refusal.value.metadata["key"] == "k"
    assert await shop.written() == [1, 1, 1]


async def test_a_failed_commit_is_heard_and_writes_nothing(shop):
    shop.trouble.at_commit = [(ZeroDivisionError("disk full"), False)]

    with pytest.raises(ZeroDivisionError):
        await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    assert await shop.written() == [0, 0, 0]
    assert shop.doorbell.rung == []


def conflict():
    class SerializationFailure(Exception):
        sqlstate = "40001"

    return DBAPIError("COMMIT", {}, SerializationFailure())


async def test_a_serialisation_failure_is_tried_again(shop):
    shop.trouble.in_handler = [conflict()]
    shop.trouble.at_commit = [(conflict(), False)]

    await shop.mediator.send(Sell("tea"), actor=ANNA, key="k")

    assert shop.trouble.tries == 3
    assert await shop.written() == [1, 1, 1]


async def test_a_deadlock_is_tried_again(shop):
    await asyncio.gather(*[shop.mediator.send(Sell(what)) for what in ("tea", "milk")])

    await asyncio.gather(
        shop.mediator.send(Rename("tea", "milk")), shop.mediator.send(Rename("milk", "tea"))
    )

    assert shop.trouble.tries == 2 + 3


async def test_what_conflicts_for_ever_is_told(shop):
    shop.trouble.in_handler = [conflict() for _ in range(ATTEMPTS)]

    with pytest.raises(Aborted):
        await shop.mediator.send(Sell("tea"))

    assert await shop.written() == [0, 0, 0]


async def test_other_database_errors_are_not_tried_again(shop):
    await shop.mediator.send(Sell("tea"))

    with pytest.raises(DBAPIError):
        await shop.mediator.send(Sell("tea"))

    assert shop.trouble.tries == 2


async def test_connections_that_were_cut_are_replaced(shop):
    await asyncio.gather(*[shop.mediator.send(CountSold()) for _ in range(5)])
    await cut_all(shop.url)

    await shop.mediator.send(Sell("tea"), actor=ANNA)

    assert await shop.written() == [1, 1, 0]


async def test_a_database_that_stays_away_is_told_as_unavailable(shop):
    shop.trouble.in_handler = [ConnectionResetError() for _ in range(ATTEMPTS)]

    with pytest.raises(Unavailable):
        await shop.mediator.send(Sell("tea"))


async def test_a_commit_whose_answer_was_lost_is_not_repeated_without_a_key(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]

    with pytest.raises(OutcomeUnknown):
        await shop.mediator.send(Sell("tea"))

    assert shop.trouble.tries == 1
    assert await shop.written() == [1, 1, 0]


async def test_a_commit_whose_answer_was_lost_is_looked_up_by_its_key(shop):
    shop.trouble.at_commit = [(ConnectionResetError(), True)]

    result = await shop.mediator.send(Sell("tea"), key="k")

    assert shop.trouble.tries == 1
    assert await shop.written() == [1, 1, 1]
    assert await shop.mediator.send(Sell("tea"), key="k") == result


async def test_a_handler_that_returns_something_else_is_found_at_start():
    async def wrong(query: CountSold) -> str:
        return ""

    with pytest.raises(TypeError, match="wrong returns"):
        Mediator(make_async_container(), [wrong])


async def test_nobody_asks_on_behalf_of_nobody(shop):
    await shop.mediator.send(Sell("tea"))

    async with shop.engine.connect() as connection:
        assert await connection.scalar(text("SELECT actor FROM sale")) == ANONYMOUS.id
