"""The only place where the line-up chooses its implementations."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import grpc.aio
from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backline.api.lineup.v1 import events_pb2, lineup_pb2_grpc
from backline.kit.auth.identity import IdentityClient
from backline.kit.auth.rpc import BearerInterceptor
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.db.doorbell import Doorbell, PostgresDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.db.group_commit import GroupCommit
from backline.kit.db.outage import answering
from backline.kit.db.uow import UnitOfWork
from backline.kit.http.app import build_app
from backline.kit.mediator import Mediator
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.open import open_event_log
from backline.kit.messaging.parking.port import DeadLetters
from backline.kit.messaging.parking.postgres import PostgresParking
from backline.kit.messaging.relay import outbox_relay
from backline.kit.messaging.waiting import outbox_watch
from backline.kit.outbox.codec import EventCodec, ProtobufCodec
from backline.kit.service import Service, Worker
from backline.lineup import consumers
from backline.lineup.checks import checks
from backline.lineup.commands import COMMANDS, ChangeScores, RecountScores
from backline.lineup.deadlines import Deadlines
from backline.lineup.domain.scores import Apply, Revert
from backline.lineup.ports import ActRepository, BallotRepository, OptionsRepository
from backline.lineup.postgres import PostgresActs, PostgresBallots, PostgresOptions
from backline.lineup.probes import build_probes
from backline.lineup.queries import QUERIES
from backline.lineup.rest import ROUTERS
from backline.lineup.rpc import SERVICE, EventServicer
from backline.lineup.settings import Settings

TOPIC = "lineup.v1"
DESCRIPTION = """
The acts of the evening, until when they are scored, and what was counted.

People give their scores at `scores`; what counts is decided here, and is final at the deadline.
"""
TAGS = (
    {"name": "events", "description": "The acts. Hosts write, everybody who has joined reads."},
    {"name": "options", "description": "What hosts have chosen for the line-up."},
    {"name": "me", "description": "What is kept of oneself."},
)


class LineupProvider(Provider):
    settings = from_context(Settings, scope=Scope.APP)
    clock = from_context(Clock, scope=Scope.APP)
    doorbell = from_context(Doorbell, scope=Scope.APP)
    actor = from_context(Actor, scope=Scope.REQUEST)

    uow = provide(UnitOfWork, scope=Scope.REQUEST)
    acts = provide(PostgresActs, provides=ActRepository, scope=Scope.REQUEST)
    ballots = provide(PostgresBallots, provides=BallotRepository, scope=Scope.REQUEST)
    options = provide(PostgresOptions, provides=OptionsRepository, scope=Scope.REQUEST)

    @provide(scope=Scope.APP)
    def codec(self) -> EventCodec:
        return ProtobufCodec(TOPIC, events_pb2)

    @provide(scope=Scope.APP)
    async def engine(self, settings: Settings) -> AsyncIterator[AsyncEngine]:
        engine = build_engine(
            settings.database_url,
            pool_size=settings.pool_size,
            application_name="backline lineup",
        )
        yield engine
        await engine.dispose()

    @provide(scope=Scope.REQUEST)
    async def connection(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        async with engine.connect() as connection:
            yield connection


class Lineup:
    """The line-up without its doors."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.doorbell = PostgresDoorbell(settings.database_url)
        self.container: AsyncContainer = make_async_container(
            LineupProvider(),
            context={Settings: settings, Clock: clock, Doorbell: self.doorbell},
        )
        self.mediator = Mediator(self.container, (*COMMANDS, *QUERIES))

    async def ready(self) -> None:
        """Raises `Unavailable`."""
        engine = await self.container.get(AsyncEngine)
        with answering("The database of the line-up"):
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))

    async def parking(self) -> PostgresParking:
        return PostgresParking(await self.container.get(AsyncEngine), self.doorbell)

    async def close(self) -> None:
        await self.doorbell.close()
        await self.container.close()


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Everything a process needs to run the line-up. Connects to nothing yet."""
    lineup = Lineup(settings, clock or SystemClock())
    identity = IdentityClient(settings.identity_target, clock=lineup.clock)
    desk = gather_changes(lineup.mediator)
    parking = await lineup.parking()

    def add_servicers(server: grpc.aio.Server) -> None:
        servicer = EventServicer(lineup.mediator, desk)
        lineup_pb2_grpc.add_EventServiceServicer_to_server(servicer, server)

    async def recount() -> None:
        await lineup.mediator.send(RecountScores(), actor=SYSTEM)

    async def close() -> None:
        await identity.close()
        await lineup.close()

    return Service(
        name="lineup",
        app=build_doors(lineup, identity, parking),
        add_servicers=add_servicers,
        rpc_names=(SERVICE,),
        require_deadline=True,
        interceptors=(BearerInterceptor(identity.gate, identity),),
        workers=build_workers(lineup),
        background={
            "lineup-identity": identity.watch,
            "lineup-outbox-watch": outbox_watch(settings.database_url, "lineup"),
        },
        checks=checks(settings.database_url, recount=recount),
        ready=lineup.ready,
        probes=build_probes(lineup.mediator),
        dead_letters=parking,
        close=close,
    )


def gather_changes(mediator: Mediator) -> GroupCommit[Apply | Revert, Any]:
    """Scores that come at the same moment are counted in one transaction."""

    async def decide(changes: Sequence[Apply | Revert]) -> Sequence[Any]:
        return await mediator.send(ChangeScores(changes=tuple(changes)), actor=SYSTEM)

    return GroupCommit(decide)


def build_doors(lineup: Lineup, identity: IdentityClient, dead_letters: DeadLetters) -> FastAPI:
    return build_app(
        title="Line-up",
        service="lineup",
        description=DESCRIPTION,
        routers=ROUTERS,
        mediator=lineup.mediator,
        ready=lineup.ready,
        clock=lineup.clock,
        state={"gate": identity.gate, "session_check": identity, "dead_letters": dead_letters},
        tags=TAGS,
    )


def build_workers(lineup: Lineup) -> Mapping[str, Worker]:
    """The loops of the worker process; those that need a broker only where there is one."""
    settings = lineup.settings

    async def take_events(stop: asyncio.Event) -> None:
        log = open_event_log(settings.events_url)

        async def handle(message: Delivered) -> None:
            await consumers.on_event(message, lineup.mediator)

        try:
            await consume(
                log,
                consumers.TOPICS,
                consumers.GROUP,
                handle,
                stop,
                parking=await lineup.parking(),
            )
        finally:
            await log.close()

    workers: dict[str, Worker] = {"lineup-deadlines": Deadlines(lineup.mediator, lineup.clock)}
    if settings.events_url:
        workers |= {
            "lineup-relay": outbox_relay(
                "lineup",
                settings.database_url,
                settings.events_url,
                lineup.doorbell,
                keep_published_hours=settings.keep_published_hours,
            ),
            "lineup-events": take_events,
        }
    return workers
