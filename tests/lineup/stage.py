"""A line-up to test with: the service over a real database, people, and what was told."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.api.lineup.v1 import events_pb2
from backline.kit.core.actor import SYSTEM, Actor, Role
from backline.kit.core.messages import Command, Query
from backline.kit.http.app import build_app
from backline.kit.testing.clock import FixedClock
from backline.lineup.commands import ChangeScores, CreateEvent
from backline.lineup.domain.acts import Outcome
from backline.lineup.domain.scores import Apply, EventId, Revert, ScoreId
from backline.lineup.rest import ROUTERS
from backline.lineup.wiring import Lineup
from tests.kit.doors import AnySession, a_gate, bearer

R = TypeVar("R")

HAL = Actor(id=1, role=Role.HOST, name="Hal", session_id="h")
ANN = Actor(id=7, role=Role.LISTENER, name="Ann", session_id="a")
GUS = Actor(id=9, role=Role.GUEST, name="Gus", session_id="g")
WALL = Actor(id=11, role=Role.SCREEN, name="Wall", session_id="w")


def apply_(
    event_id: int, version: int, score: int, *, score_id: int = 70, user_id: int = 7
) -> Apply:
    return Apply(
        event_id=EventId(event_id),
        score_id=ScoreId(score_id),
        user_id=user_id,
        version=version,
        score=score,
    )


def revert(event_id: int, version: int, *, score_id: int = 70) -> Revert:
    return Revert(event_id=EventId(event_id), score_id=ScoreId(score_id), version=version)


class Stage:
    """The line-up with a hand on everything around it."""

    def __init__(self, lineup: Lineup, clock: FixedClock) -> None:
        self.lineup = lineup
        self.clock = clock
        self.mediator = lineup.mediator
        self.gate = a_gate(clock)

    async def send(self, message: Command[R] | Query[R], actor: Actor = SYSTEM) -> R:
        return await self.mediator.send(message, actor=actor)

    def in_(self, minutes: float) -> datetime:
        return self.clock.now() + timedelta(minutes=minutes)

    async def act(
        self, title: str = "The Tin Roofs", *, minutes: float = 5, opens_in: float | None = None
    ) -> EventId:
        """Put an act on the line-up, open for `minutes`, or from `opens_in` minutes on."""
        opens_at = None if opens_in is None else self.in_(opens_in)
        deadline = self.in_((opens_in or 0) + minutes)
        command = CreateEvent(title=title, description="", deadline=deadline, opens_at=opens_at)
        return (await self.send(command, HAL)).id

    async def change(self, change: Apply | Revert) -> Outcome:
        (outcome,) = await self.send(ChangeScores(changes=(change,)))
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, Outcome)
        return outcome

    async def told(self) -> list[Any]:
        """What waits to be published, in its order, as protobuf messages."""
        engine = await self.lineup.container.get(AsyncEngine)
        async with engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT type, payload FROM outbox ORDER BY position")
            )
            return [
                getattr(events_pb2, row.type.rpartition(".")[2]).FromString(row.payload)
                for row in rows
            ]

    async def execute(self, sql: str) -> None:
        engine = await self.lineup.container.get(AsyncEngine)
        async with engine.begin() as connection:
            await connection.execute(text(sql))

    async def recounted(self, event_id: int) -> tuple[int, int, int, int]:
        """Count and sum as they are kept, then as the versions of the scores come to."""
        engine = await self.lineup.container.get(AsyncEngine)
        async with engine.connect() as connection:
            found = await connection.execute(
                text(
                    "SELECT score_count, score_sum, counted, summed FROM events"
                    " JOIN recounted ON event_id = id WHERE id = :id"
                ),
                {"id": event_id},
            )
            kept = found.one()
            return kept[0], kept[1], kept[2], int(kept[3])

    def browser(self, person: Actor | None) -> httpx.AsyncClient:
        """The REST doors, as `person` uses them."""
        app = build_app(
            title="Line-up",
            service="lineup",
            routers=ROUTERS,
            mediator=self.mediator,
            clock=self.clock,
            state={"gate": self.gate, "session_check": AnySession()},
        )
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://lineup",
            headers=bearer(person, self.clock),
        )
