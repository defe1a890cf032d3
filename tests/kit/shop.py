"""A service with one table, whose handlers and commits fail as a test wishes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from dishka import Provider, Scope, make_async_container
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import NotFound
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command, Event, Query
from backline.kit.db.doorbell import Doorbell, MemoryDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.mediator import Handler, Mediator
from backline.kit.outbox.codec import Envelope, EventCodec

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


@dataclass(frozen=True, slots=True)
class Restock(Command[None]):
    what: str


async def restock(commands: Sequence[Restock], uow: UnitOfWork, trouble: Trouble) -> None:
    trouble.tries += 1
    await uow.connection.execute(
        text("INSERT INTO sale (what, actor) SELECT unnest(CAST(:whats AS text[])), 0"),
        {"whats": [f"more {command.what}" for command in commands]},
    )
    for command in commands:
        uow.record(Sold(command.what))


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


HANDLERS: list[Handler] = [sell, restock, rename, count_sold]


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

    async def delivered(self):
        """Sales, events and messages."""
        return [await self.count(table) for table in ("sale", "outbox", "inbox_message")]


class RecordingDoorbell(MemoryDoorbell):
    def __init__(self):
        super().__init__()
        self.rung = []

    @override
    def ring(self, channel):
        self.rung.append(channel)


@asynccontextmanager
async def open_shop(kit_database: str) -> AsyncIterator[Shop]:
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
    yield Shop(kit_database, engine, Mediator(container, HANDLERS), trouble, doorbell)
    await container.close()
    await engine.dispose()
