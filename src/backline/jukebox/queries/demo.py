"""How far the demo's content is, and how far a new room is on its way to the first song."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.demo import QUIET_FOR, DemoState, DemoStep, Made
from backline.jukebox.domain.playback import UNNAMED
from backline.jukebox.domain.queue import check_host
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.queries.views import View
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query

_DEMO = text(
    """
    SELECT d.*,
      (SELECT count(*) FROM demo_marks WHERE what = 'track') AS songs,
      (SELECT count(*) FROM demo_marks WHERE what = 'played') AS played,
      (SELECT count(*) FROM demo_marks m JOIN tracks t ON t.id::text = m.made
        WHERE m.what = 'track' AND t.status = 'analysing') AS checking
    FROM demo d
    """
)
_MADE = text("SELECT key, made FROM demo_marks WHERE what = :what")
_STEPS = text(
    """
    SELECT r.name, r.tagline,
      (SELECT count(*) FROM tracks WHERE deleted_at IS NULL AND status <> 'failed') AS songs,
      (SELECT count(*) FROM queue_items
        WHERE state IN ('pending', 'queued', 'locked', 'playing')) AS waiting,
      EXISTS (SELECT FROM queue_items i WHERE i.state IN ('played', 'skipped') AND NOT EXISTS
        (SELECT FROM demo_marks m WHERE m.what = 'played' AND m.made = i.id::text)) AS heard
    FROM room r
    """
)


class DemoView(View):
    """Content for trying, made by the box itself."""

    state: DemoState
    step: DemoStep
    fraction: float = Field(description="0 to 1.")
    error: str | None = Field(description="Why it failed, in words.")
    songs: int = Field(description="Sounds that were made.")
    checking: int = Field(description="How many of them are still being listened to.")
    played: int = Field(description="Songs of the history that were written and not heard.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDemo(Query[DemoView]):
    """For hosts."""


async def get_demo(
    query: GetDemo, actor: Actor, connection: AsyncConnection, clock: Clock
) -> DemoView:
    """Raises `NamelessVisitor` or `HostsOnly`."""
    check_host(actor, "see how far the demo content is")
    return await _demo(connection, clock)


async def _demo(connection: AsyncConnection, clock: Clock) -> DemoView:
    row = (await connection.execute(_DEMO)).one()
    state, at, error = DemoState(row.state), row.at, row.error
    if state in {DemoState.FILLING, DemoState.REMOVING} and _is_quiet(at, clock):
        state, error = DemoState.FAILED, "The worker process has not been heard of for a while."
    return DemoView(
        state=state,
        step=DemoStep(row.step),
        fraction=row.fraction,
        error=error,
        songs=row.songs,
        checking=row.checking,
        played=row.played,
    )


def _is_quiet(at: datetime | None, clock: Clock) -> bool:
    return at is None or clock.now() - at >= QUIET_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDemoTracks(Query[dict[str, TrackId]]):
    """For the box itself: the tracks that it made, by their keys."""


async def get_demo_tracks(query: GetDemoTracks, connection: AsyncConnection) -> dict[str, TrackId]:
    rows = await connection.execute(_MADE, {"what": Made.TRACK.value})
    return {row.key: TrackId(row.made) for row in rows}


class FirstStepsView(View):
    """How far a new room is. All of it is looked up, nothing is remembered."""

    named: bool = Field(description="Whether somebody has given the room a name.")
    songs: int = Field(description="Songs in the library that can be played, or soon can.")
    waiting: int = Field(description="Songs that wait or play.")
    heard: bool = Field(description="Whether a song has ended here; then the first steps are over.")
    demo: DemoView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetFirstSteps(Query[FirstStepsView]):
    """For hosts."""


async def get_first_steps(
    query: GetFirstSteps, actor: Actor, connection: AsyncConnection, clock: Clock
) -> FirstStepsView:
    """Raises `NamelessVisitor` or `HostsOnly`."""
    check_host(actor, "see how far this room is")
    row = (await connection.execute(_STEPS)).one()
    return FirstStepsView(
        named=row.name != UNNAMED or bool(row.tagline),
        songs=row.songs,
        waiting=row.waiting,
        heard=row.heard,
        demo=await _demo(connection, clock),
    )


QUERIES = (get_demo, get_demo_tracks, get_first_steps)
