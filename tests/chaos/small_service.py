"""The smallest service that uses the whole of the messaging: it notes, publishes and counts.

For the checker's own proof: each bug is small here, and seen within seconds. The tables of `SCHEMA`
lie beside the kit's own.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from dishka import Provider, Scope, make_async_container
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from backline.kit.core import failpoints
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Command, Event
from backline.kit.db.doorbell import Doorbell, PostgresDoorbell
from backline.kit.db.engine import asyncpg_url, build_engine
from backline.kit.db.uow import UnitOfWork
from backline.kit.mediator import Mediator
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.parking.postgres import PostgresParking
from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.messaging.relay import Relay
from backline.kit.outbox.codec import Envelope, EventCodec
from backline.kit.outbox.outbox import Outbox
from backline.kit.testing.eventually import eventually
from tests.chaos import bugs

TOPIC = "small.v1"
GROUP = "counter"
SCHEMA = """
CREATE TABLE note (key text, number int);
CREATE TABLE effect ("order" bigint GENERATED ALWAYS AS IDENTITY, id uuid, key text);
"""
_LEASE = Lease(lasts_s=1.5, beat_s=0.3)
_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Noted(Event):
    about: str
    number: int

    @property
    @override
    def key(self) -> str:
        return self.about


@dataclass(frozen=True, slots=True)
class Note(Command[None]):
    about: str
    number: int


@dataclass(frozen=True, slots=True)
class Count(Command[None]):
    id: UUID
    about: str


class _Codec:
    def encode(self, event: Event) -> Envelope:
        return Envelope(id=uuid7(), topic=TOPIC, key=event.key, type=f"{TOPIC}.Noted", payload=b"")


async def note(command: Note, uow: UnitOfWork) -> None:
    await uow.connection.execute(
        text("INSERT INTO note VALUES (:key, :number)"),
        {"key": command.about, "number": command.number},
    )
    uow.record(Noted(command.about, command.number))


async def count(command: Count, connection: AsyncConnection) -> None:
    await connection.execute(
        text("INSERT INTO effect (id, key) VALUES (:id, :key)"),
        {"id": command.id, "key": command.about},
    )


def _mediator(url: str) -> Mediator:
    engine = build_engine(url, pool_size=_SIDE_BY_SIDE)

    async def connections() -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection

    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: engine, provides=AsyncEngine)
    provider.provide(lambda: PostgresDoorbell(url), provides=Doorbell)
    provider.provide(_Codec, provides=EventCodec)
    provider.provide(connections, scope=Scope.REQUEST)
    provider.provide(UnitOfWork, scope=Scope.REQUEST)
    provider.from_context(Actor, scope=Scope.REQUEST)
    return Mediator(make_async_container(provider), [note, count])


async def write(url: str, how_many: str, keys: str) -> None:
    """Note so many times about so many things; run again, it goes on."""
    mediator = _mediator(url)
    room = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(number: int) -> None:
        async with room:
            command = Note(f"thing {number % int(keys)}", number)
            await mediator.send(command, actor=SYSTEM, key=f"note {number}")

    await asyncio.gather(*map(one, range(int(how_many))))


async def cross(url: str, log_url: str) -> None:
    """Two transactions publish under one key; the one that began first commits last.

    The second one either waits for the first, or is in the log before the first has committed.
    """
    engine = build_engine(url, pool_size=2)
    first, second = (
        Envelope(id=uuid7(), topic=TOPIC, key="crossing", type=f"{TOPIC}.Noted", payload=b"")
        for _ in range(2)
    )

    async def overtake() -> None:
        async with engine.connect() as connection:
            await Outbox(connection).add([second])
            await connection.commit()

    log = await asyncpg.connect(asyncpg_url(log_url))
    watching = await asyncpg.connect(asyncpg_url(url))

    async def is_settled() -> bool:
        waits = """
            SELECT count(*) FROM pg_locks
            JOIN pg_database ON pg_database.oid = database AND datname = current_database()
            WHERE locktype = 'advisory' AND NOT granted
        """
        arrived = "SELECT count(*) FROM event WHERE id = $1"
        return bool(await watching.fetchval(waits) or await log.fetchval(arrived, second.id))

    async with engine.connect() as connection:
        await Outbox(connection).add([first])
        overtaking = asyncio.create_task(overtake())
        await eventually(is_settled)
        await connection.commit()
    await overtaking


async def relay(url: str, log_url: str) -> None:
    log = PostgresEventLog(log_url)
    await Relay(url, log, source="small", doorbell=PostgresDoorbell(url)).run(asyncio.Event())


async def consumer(url: str, log_url: str) -> None:
    mediator = _mediator(url)

    async def handle(message: Delivered) -> None:
        await mediator.deliver({message.id: Count(message.id, message.key)})

    log = PostgresEventLog(log_url, lease=_LEASE)
    parking = PostgresParking(build_engine(url, pool_size=1), PostgresDoorbell(url))
    await consume(log, [TOPIC], GROUP, handle, asyncio.Event(), parking=parking)


_DOINGS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
    "write": write,
    "cross": cross,
    "relay": relay,
    "consumer": consumer,
}


def main(arguments: Sequence[str]) -> None:
    """Be one of its processes.

    Args:
        arguments: The bug that it has, `none`; its failpoints; what it does; with what.
    """
    bug, wanted, doing, *rest = arguments
    bugs.seed(bug)
    failpoints.arm(wanted)
    asyncio.run(_DOINGS[doing](*rest))
    sys.exit(0)
