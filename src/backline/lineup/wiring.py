"""The only place where the line-up chooses its implementations."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc.aio
from dishka import Scope, provide
from fastapi import FastAPI

from backline.api.lineup.v1 import events_pb2, lineup_pb2_grpc
from backline.kit.auth.identity import IdentityClient
from backline.kit.auth.rpc import BearerInterceptor
from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.db.group_commit import GroupCommit
from backline.kit.http.app import build_app
from backline.kit.mediator import Mediator
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.waiting import outbox_watch
from backline.kit.service import Service, Worker
from backline.kit.wiring import Backend, BackendProvider
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

DESCRIPTION = """
The acts of the evening, until when they are scored, and what was counted.

People give their scores at `scores`; what counts is decided here, and is final at the deadline.
"""
TAGS = (
    {"name": "events", "description": "The acts. Hosts write, everybody who has joined reads."},
    {"name": "options", "description": "What hosts have chosen for the line-up."},
    {"name": "me", "description": "What is kept of oneself."},
)


class LineupProvider(BackendProvider):
    acts = provide(PostgresActs, provides=ActRepository, scope=Scope.REQUEST)
    ballots = provide(PostgresBallots, provides=BallotRepository, scope=Scope.REQUEST)
    options = provide(PostgresOptions, provides=OptionsRepository, scope=Scope.REQUEST)


class Lineup(Backend):
    """The line-up without its doors."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(
            "lineup",
            "the line-up",
            settings,
            clock,
            provider=LineupProvider(),
            handlers=(*COMMANDS, *QUERIES),
            events=events_pb2,
        )
        self.settings = settings


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Everything a process needs to run the line-up. Connects to nothing yet."""
    lineup = Lineup(settings, clock or SystemClock())
    identity = IdentityClient(settings.identity_target, clock=lineup.clock)
    desk = gather_changes(lineup.mediator)

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
        app=build_doors(lineup, identity),
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
        dead_letters=lineup.parking,
        close=close,
    )


def gather_changes(mediator: Mediator) -> GroupCommit[Apply | Revert, Any]:
    """Scores that come at the same moment are counted in one transaction."""

    async def decide(changes: Sequence[Apply | Revert]) -> Sequence[Any]:
        return await mediator.send(ChangeScores(changes=tuple(changes)), actor=SYSTEM)

    return GroupCommit(decide)


def build_doors(lineup: Lineup, identity: IdentityClient) -> FastAPI:
    return build_app(
        title="Line-up",
        service="lineup",
        description=DESCRIPTION,
        routers=ROUTERS,
        mediator=lineup.mediator,
        ready=lineup.ready,
        clock=lineup.clock,
        state={"gate": identity.gate, "session_check": identity, "dead_letters": lineup.parking},
        tags=TAGS,
    )


def build_workers(lineup: Lineup) -> Mapping[str, Worker]:
    """The loops of the worker process; those that need a broker only where there is one."""

    async def take_events(stop: asyncio.Event) -> None:
        async def handle(message: Delivered) -> None:
            await consumers.on_event(message, lineup.mediator)

        await lineup.consume(consumers.TOPICS, handle, stop)

    workers: dict[str, Worker] = {"lineup-deadlines": Deadlines(lineup.mediator, lineup.clock)}
    if lineup.settings.events_url:
        workers |= {"lineup-relay": lineup.relay, "lineup-events": take_events}
    return workers
