"""What every service with a database is wired from. Its own `wiring.py` adds what is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.db.doorbell import Doorbell, PostgresDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.db.outage import answering
from backline.kit.db.uow import UnitOfWork
from backline.kit.mediator import Handler, Mediator
from backline.kit.outbox.codec import EventCodec, ProtobufCodec

if TYPE_CHECKING:
    from backline.kit.messaging.consumer import MessageHandler
    from backline.kit.messaging.parking.postgres import PostgresParking


class BackendSettings(Protocol):
    """What a service's settings have in common."""

    @property
    def database_url(self) -> str: ...

    @property
    def events_url(self) -> str: ...

    @property
    def keep_published_hours(self) -> int: ...

    @property
    def pool_size(self) -> int: ...


class BackendProvider(Provider):
    """What every handler may ask for. A service adds its repositories."""

    clock = from_context(Clock, scope=Scope.APP)
    doorbell = from_context(Doorbell, scope=Scope.APP)
    engine = from_context(AsyncEngine, scope=Scope.APP)
    codec = from_context(EventCodec, scope=Scope.APP)
    actor = from_context(Actor, scope=Scope.REQUEST)

    uow = provide(UnitOfWork, scope=Scope.REQUEST)

    @provide(scope=Scope.REQUEST)
    async def connection(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection


class Backend:
    """A service without its doors. Connects to nothing until it is used.

    Args:
        name: Of the service, and of its topic `<name>.v1`.
        called: What people call it: `the line-up`.
        events: The generated module of its events.
        keeps_order: Whether messages wait behind one of their key that could not be handled.
        context: What the provider takes from outside, by type.
    """

    def __init__(
        self,
        name: str,
        called: str,
        settings: BackendSettings,
        clock: Clock,
        *,
        provider: BackendProvider,
        handlers: Iterable[Handler],
        events: ModuleType,
        keeps_order: bool = True,
        context: Mapping[type, Any] | None = None,
    ) -> None:
        self.clock = clock
        self.doorbell = PostgresDoorbell(settings.database_url)
        self.engine = build_engine(
            settings.database_url,
            pool_size=settings.pool_size,
            application_name=f"backline {name}",
        )
        self.container: AsyncContainer = make_async_container(
            provider,
            context={
                Clock: clock,
                Doorbell: self.doorbell,
                AsyncEngine: self.engine,
                EventCodec: ProtobufCodec(f"{name}.v1", events),
                **(context or {}),
            },
        )
        self.mediator = Mediator(self.container, handlers)
        self._name = name
        self._called = called
        self._settings = settings
        self._keeps_order = keeps_order

    @cached_property
    def parking(self) -> PostgresParking:
        """What its consumers could not handle."""
        from backline.kit.messaging.parking.postgres import PostgresParking  # noqa: PLC0415

        return PostgresParking(self.engine, self.doorbell, keeps_order=self._keeps_order)

    async def ready(self) -> None:
        """Raises `Unavailable` while the database does not answer."""
        with answering(f"The database of {self._called}"):
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))

    async def relay(self, stop: asyncio.Event) -> None:
        """A worker: bring its events from the outbox to the log."""
        from backline.kit.messaging.open import open_event_log  # noqa: PLC0415 - for workers only
        from backline.kit.messaging.relay import Relay  # noqa: PLC0415

        settings = self._settings
        log = open_event_log(settings.events_url)
        relay = Relay(
            settings.database_url,
            log,
            source=self._name,
            doorbell=self.doorbell,
            keep_published=timedelta(hours=settings.keep_published_hours),
        )
        try:
            await relay.run(stop)
        finally:
            await log.close()

    async def consume(
        self, topics: Sequence[str], handle: MessageHandler, stop: asyncio.Event
    ) -> None:
        """A worker: hear what others tell, in the group of the service's name."""
        from backline.kit.messaging.consumer import consume  # noqa: PLC0415 - for workers only
        from backline.kit.messaging.open import open_event_log  # noqa: PLC0415

        log = open_event_log(self._settings.events_url)
        try:
            await consume(log, topics, self._name, handle, stop, parking=self.parking)
        finally:
            await log.close()

    async def close(self) -> None:
        await self.doorbell.close()
        await self.container.close()
        await self.engine.dispose()
