"""A service with sagas in PostgreSQL, and a process of it that dies where it is told to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from dishka import Provider, Scope, make_async_container
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from backline.kit.core.actor import Actor
from backline.kit.core.failpoints import arm
from backline.kit.core.messages import Command
from backline.kit.db.doorbell import Doorbell, PostgresDoorbell
from backline.kit.db.engine import asyncpg_url, build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.mediator import Mediator
from backline.kit.outbox.codec import EventCodec
from backline.kit.saga.declaration import SagaRegistry
from backline.kit.saga.port import SagaData, Sagas
from backline.kit.saga.postgres import PostgresSagas, PostgresSagaStore
from backline.kit.saga.postgres_desk import PostgresSagaDesk
from backline.kit.testing.contracts.sagas.scenes import Called, Note, SoldOut, World, journey


@dataclass(frozen=True, slots=True)
class Begin(Command[tuple[UUID, ...]]):
    several: Sequence[SagaData]


class Refusals(dict[str, Exception]):
    """What the handler of `Note` refuses."""


class NoEvents:
    def encode(self, event):
        raise AssertionError("nobody records an event here")


async def begin(command: Begin, sagas: Sagas) -> tuple[UUID, ...]:
    return tuple(sagas.start(data) for data in command.several)


async def write(note: Note, connection: AsyncConnection, refusals: Refusals) -> None:
    await connection.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": note.text})
    if note.text in refusals:
        raise refusals[note.text]


async def build(url, sagas, stack):
    """A service's world around `sagas`, on the database at `url`."""
    registry, refusals, doorbell = SagaRegistry(sagas), Refusals(), PostgresDoorbell(url)
    engine = build_engine(url, pool_size=4)

    async def connections() -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection

    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: engine, provides=AsyncEngine)
    provider.provide(lambda: registry, provides=SagaRegistry)
    provider.provide(lambda: refusals, provides=Refusals)
    provider.provide(lambda: doorbell, provides=Doorbell)
    provider.provide(NoEvents, provides=EventCodec)
    provider.provide(connections, scope=Scope.REQUEST)
    provider.provide(UnitOfWork, scope=Scope.REQUEST)
    provider.provide(PostgresSagas, provides=Sagas, scope=Scope.REQUEST)
    provider.from_context(Actor, scope=Scope.REQUEST)
    container = make_async_container(provider)
    mediator = Mediator(container, [begin, write])
    store, desk = PostgresSagaStore(url, doorbell), PostgresSagaDesk(url, doorbell)
    async with engine.begin() as connection:
        await connection.execute(
            text("CREATE TABLE IF NOT EXISTS note (id serial PRIMARY KEY, text text)")
        )
    for close in (engine.dispose, store.close, desk.close, doorbell.close, container.close):
        stack.push_async_callback(close)

    async def written():
        async with engine.connect() as connection:
            return list(await connection.scalars(text("SELECT text FROM note ORDER BY id")))

    async def set_deadline(saga_id, in_s):
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE saga SET deadline = clock_timestamp() + :seconds * interval '1 second'"
                    " WHERE id = :id"
                ),
                {"seconds": in_s, "id": saga_id},
            )

    return World(
        registry=registry,
        store=store,
        desk=desk,
        transactions=mediator,
        begin=lambda several: mediator.send(Begin(several)),
        notes=written,
        set_deadline=set_deadline,
        refuse=refusals,
    )


async def empty(url):
    """Forget all sagas, and what was written down."""
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        await connection.execute("TRUNCATE saga, saga_step, saga_lock, note")
    finally:
        await connection.close()


async def end_leases(url):
    """Let the time pass after which others take over from a dead process."""
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        await connection.execute("UPDATE saga SET due_at = now() WHERE due_at IS NOT NULL")
    finally:
        await connection.close()


class CalledByMany(Called):
    """Those who are called, by several processes: they remember in the database at `url`."""

    def __init__(self, url):
        super().__init__()
        self._url = asyncpg_url(url)

    async def remember(self, name, attempt):
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(
                "INSERT INTO call (name, key) VALUES ($1, $2)", name, attempt.key
            )
        finally:
            await connection.close()

    @override
    def on(self, name):
        answer = super().on(name)

        async def remember_and_answer(data, attempt):
            await self.remember(name, attempt)
            return await answer(data, attempt)

        return remember_and_answer

    async def remembered(self):
        """What was called, as often as it was, and the same with each key once."""
        connection = await asyncpg.connect(self._url)
        try:
            rows = await connection.fetch("SELECT name, key FROM call ORDER BY id")
        finally:
            await connection.close()
        return [row["name"] for row in rows], [name for name, _ in dict.fromkeys(map(tuple, rows))]


def journey_of_many(url, *, refuse):
    called = CalledByMany(url)
    if refuse:
        called.plan("fare", SoldOut("The card is refused. Take another."))
    return called, journey(called)


def run_until_killed(url, failpoints, *, refuse):
    """The whole life of a process that runs sagas."""
    arm(failpoints)

    async def run():
        async with AsyncExitStack() as stack:
            _, saga = journey_of_many(url, refuse=refuse)
            world = await build(url, [saga], stack)
            await world.runner().run(asyncio.Event())

    asyncio.run(run())
