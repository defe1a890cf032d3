"""The scores over a real database, a line-up with a hand on it, and people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.kit.cache.memory import MemoryCache
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.core.messages import Command, Query
from backline.kit.http.app import build_app
from backline.kit.realtime.hub import Hub
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking
from backline.scores.feed import Greeter
from backline.scores.queries.board import EventBoard
from backline.scores.queries.scores import GetScore
from backline.scores.queries.views import ScoreView
from backline.scores.settings import Settings
from backline.scores.wiring import ROUTERS, Scores, build_workers
from tests.kit import doors
from tests.kit.doors import AnySession, a_gate, by_token
from tests.scores.lineups import MemoryLineup, Wire

R = TypeVar("R")

HAL = Actor(id=1, role=Role.HOST, name="Hal", session_id="h")
ANN = Actor(id=7, role=Role.LISTENER, name="Ann", session_id="a")
BOB = Actor(id=8, role=Role.LISTENER, name="Bob", session_id="b")
GUS = Actor(id=9, role=Role.GUEST, name="Gus", session_id="g")
WALL = Actor(id=10, role=Role.SCREEN, name="Wall", session_id="w")


def settings(database_url: str, **changes: Any) -> Settings:
    return Settings(database_url=database_url, **changes)


class Stage:
    """The scores with a hand on everything around them."""

    def __init__(self, scores: Scores, lineup: MemoryLineup, wire: Wire, clock: FixedClock) -> None:
        self.scores = scores
        self.lineup = lineup
        self.wire = wire
        self.clock = clock
        self.mediator = scores.mediator

    async def send(self, message: Command[R] | Query[R], actor: Actor = SYSTEM) -> R:
        return await self.mediator.send(message, actor=actor)

    async def score(self, score_id: int, actor: Actor = ANN) -> ScoreView:
        return await self.send(GetScore(score_id=score_id), actor)

    async def settled(self, score_id: int, actor: Actor = ANN) -> ScoreView:
        """The score once it is not pending any more."""

        async def look() -> ScoreView | None:
            found = await self.score(score_id, actor)
            return None if found.status == "pending" else found

        found = await eventually(look)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        """The types of the events that wait in the outbox, oldest first."""
        engine = await self.scores.container.get(AsyncEngine)
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT type FROM outbox ORDER BY position"))
            return [kind.rpartition(".")[2] for (kind,) in found]

    @asynccontextmanager
    async def working(self, *names: str) -> AsyncIterator[None]:
        """Run these workers while the context lasts; all of them if none is named."""
        stop = asyncio.Event()
        found = build_workers(self.scores)
        chosen = [found[name] for name in names or found]
        workers = [asyncio.ensure_future(worker(stop)) for worker in chosen]
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(asyncio.gather(*workers), timeout=20)


@asynccontextmanager
async def open_stage(url: str, clock: FixedClock, **changes: Any) -> AsyncIterator[Stage]:
    lineup = MemoryLineup(clock)
    wire = Wire(lineup)
    scores = Scores(settings(url, **changes), clock, wire)
    try:
        yield Stage(scores, lineup, wire, clock)
    finally:
        await scores.close()


class Door(doors.Door):
    """The doors, and everybody's keys to them."""

    def __init__(self, stage: Stage, *, ttl_s: float = 3600.0) -> None:
        self.stage = stage
        gate = a_gate(stage.clock)
        self.board = EventBoard(
            stage.wire, MemoryCache(), stage.scores.note, stage.clock, ttl_s=ttl_s
        )
        self.hub = Hub(
            name="scores.lineup",
            member="lineup",
            authenticator=by_token(gate),
            clock=stage.clock,
            greeting=Greeter(stage.mediator, self.board),
        )
        app = build_app(
            title="Scores",
            routers=ROUTERS,
            mediator=stage.mediator,
            clock=stage.clock,
            state={
                "gate": gate,
                "session_check": AnySession(),
                "board": self.board,
                "hub": self.hub,
                "dead_letters": MemoryParking(),
            },
        )
        super().__init__(app, stage.clock)
