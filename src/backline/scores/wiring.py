"""The only place where the scores choose their implementations."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta

from dishka import Scope, from_context, provide
from fastapi import FastAPI

from backline.api.scores.v1 import events_pb2
from backline.kit.auth.identity import IdentityClient
from backline.kit.cache.open import open_cache
from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.messages import Command
from backline.kit.db.outage import repeat
from backline.kit.http.app import build_app
from backline.kit.messaging.parking import rest as parking_rest
from backline.kit.messaging.waiting import outbox_watch
from backline.kit.realtime.hub import Hub
from backline.kit.realtime.open import open_hub
from backline.kit.rpc.client import channel
from backline.kit.saga import rest as saga_rest
from backline.kit.saga.declaration import SagaRegistry
from backline.kit.saga.port import Sagas
from backline.kit.saga.postgres import PostgresSagas, PostgresSagaStore
from backline.kit.saga.postgres_desk import PostgresSagaDesk
from backline.kit.saga.probe import saga_probe
from backline.kit.saga.runner import SagaRunner
from backline.kit.saga.store import SagaDesk
from backline.kit.saga.watch import watch_sagas
from backline.kit.service import Service, Worker
from backline.kit.wiring import Backend, BackendProvider
from backline.scores import consumers, feed, rest
from backline.scores.checks import checks
from backline.scores.clients import GrpcLineup
from backline.scores.commands import AT_ONCE, COMMANDS, FoldOldScores, GiveUpWaiting, NoteWindows
from backline.scores.domain import Window
from backline.scores.ports import Lineup, ScoreRepository, WindowRepository
from backline.scores.postgres import PostgresScores, PostgresWindows
from backline.scores.probes import build_probes
from backline.scores.queries import QUERIES
from backline.scores.queries.board import EventBoard
from backline.scores.sagas import apply_score
from backline.scores.settings import Settings

ROUTERS = (rest.router, feed.router, parking_rest.router, saga_rest.router)
DESCRIPTION = """
What the audience gives to the acts of the line-up: one score from 1 to 5 per person and event.

A score is answered with 202 and counts once the line-up has taken it, usually within milliseconds;
what has become of it shows at `GET /scores/{id}` and over the WebSocket `/ws`.
"""
TAGS = (
    {"name": "events", "description": "What can be scored, and what came of it."},
    {"name": "scores", "description": "One's own."},
    {"name": "me", "description": "What is kept of oneself."},
)
_GIVE_UP_EVERY_S = 1.0
_FOLD_EVERY_S = 3600.0


class ScoresProvider(BackendProvider):
    registry = from_context(SagaRegistry, scope=Scope.APP)

    scores = provide(PostgresScores, provides=ScoreRepository, scope=Scope.REQUEST)
    windows = provide(PostgresWindows, provides=WindowRepository, scope=Scope.REQUEST)
    sagas = provide(PostgresSagas, provides=Sagas, scope=Scope.REQUEST)


class Scores(Backend):
    """The scores without their doors. The line-up may be away: scores wait for it."""

    def __init__(self, settings: Settings, clock: Clock, lineup: Lineup) -> None:
        self.settings = settings
        self.lineup = lineup
        self.sagas = SagaRegistry(
            [
                apply_score(
                    lineup,
                    deadline=timedelta(seconds=settings.confirm_within_s),
                    timeout_s=settings.lineup_timeout_s,
                )
            ]
        )
        super().__init__(
            "scores",
            "the scores",
            settings,
            clock,
            provider=ScoresProvider(),
            handlers=(*COMMANDS, *QUERIES),
            events=events_pb2,
            context={SagaRegistry: self.sagas},
        )

    async def note(self, windows: Collection[Window]) -> None:
        """Keep when events take scores."""
        await self.mediator.send(NoteWindows(windows=tuple(windows)), actor=SYSTEM)


async def build(settings: Settings, clock: Clock | None = None) -> Service:
    """Everything a process needs to run the scores. Connects to nothing yet."""
    clock = clock or SystemClock()
    to_lineup = channel(settings.lineup_target)
    scores = Scores(settings, clock, GrpcLineup(to_lineup, timeout_s=settings.lineup_timeout_s))
    identity = IdentityClient(settings.identity_target, clock=clock)
    cache = open_cache(settings.redis_url or None)
    board = EventBoard(scores.lineup, cache, scores.note, clock, ttl_s=settings.events_ttl_s)
    hub = open_hub(
        identity,
        name="scores.lineup",
        member="lineup",
        clock=clock,
        origins=settings.origins,
        greeting=feed.Greeter(scores.mediator, board),
    )
    desk = PostgresSagaDesk(settings.database_url, scores.doorbell)

    async def close() -> None:
        await desk.close()
        await identity.close()
        await to_lineup.close()
        await cache.close()
        await scores.close()

    return Service(
        name="scores",
        app=build_doors(scores, identity, board, hub, sagas=desk),
        workers=build_workers(scores),
        background={
            "scores-identity": identity.watch,
            "scores-outbox-watch": outbox_watch(settings.database_url, "scores"),
            "scores-feed": feed.Feed(scores.mediator, hub, board, scores.doorbell, clock),
            "scores-sockets": hub.run,
            "scores-saga-watch": lambda stop: watch_sagas(desk, stop, service="scores"),
        },
        checks=checks(settings.database_url, scores.lineup),
        ready=scores.ready,
        probes={**build_probes(scores.mediator), "sagas": saga_probe(desk)},
        dead_letters=scores.parking,
        close=close,
    )


def build_doors(
    scores: Scores,
    identity: IdentityClient,
    board: EventBoard,
    hub: Hub,
    *,
    sagas: SagaDesk,
) -> FastAPI:
    return build_app(
        title="Scores",
        description=DESCRIPTION,
        routers=ROUTERS,
        mediator=scores.mediator,
        ready=scores.ready,
        clock=scores.clock,
        state={
            "gate": identity.gate,
            "session_check": identity,
            "board": board,
            "hub": hub,
            "dead_letters": scores.parking,
            "sagas": sagas,
        },
        tags=TAGS,
    )


def build_workers(scores: Scores) -> Mapping[str, Worker]:
    """The loops of the worker process; those that need a broker only where there is one."""
    loops = _Loops(scores)
    workers: dict[str, Worker] = {
        "scores-sagas": loops.carry_sagas,
        "scores-late": loops.give_up,
        "scores-old": loops.fold,
    }
    if scores.settings.events_url:
        workers |= {"scores-relay": scores.relay, "scores-events": loops.take_events}
    return workers


class _Loops:
    """What runs beside the doors. Connections are opened where they are used."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores
        self._settings = scores.settings
        self._mediator = scores.mediator

    async def carry_sagas(self, stop: asyncio.Event) -> None:
        store = PostgresSagaStore(self._settings.database_url, self._scores.doorbell)
        try:
            await SagaRunner(self._scores.sagas, store, self._mediator).run(stop)
        finally:
            await store.close()

    async def give_up(self, stop: asyncio.Event) -> None:
        after = timedelta(seconds=self._settings.confirm_within_s)
        await self._repeat(GiveUpWaiting(after=after), _GIVE_UP_EVERY_S, stop)

    async def fold(self, stop: asyncio.Event) -> None:
        keep = timedelta(days=self._settings.keep_days)
        await self._repeat(FoldOldScores(keep=keep), _FOLD_EVERY_S, stop)

    async def _repeat(self, command: Command[int], every_s: float, stop: asyncio.Event) -> None:
        """Send `command` every so often, and at once again while there is more to do."""

        async def once() -> float:
            done = await self._mediator.send(command, actor=SYSTEM)
            return every_s if done < AT_ONCE else 0.0

        await repeat(f"scores {type(command).__name__}", once, stop)

    async def take_events(self, stop: asyncio.Event) -> None:
        handle = consumers.OnLineup(self._mediator, self._scores.doorbell)
        await self._scores.consume(consumers.TOPICS, handle, stop)
