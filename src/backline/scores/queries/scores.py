"""People's scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Query
from backline.scores.domain import ScoreNotFound, ScoreStatus
from backline.scores.queries.views import ScoresView, ScoreView

_COLUMNS = (
    "s.id, s.event_id, s.user_id, s.score, s.version, s.status, s.reason, s.confirmed_score,"
    " coalesce(w.deadline > :now, true) AS mutable"
)
_FROM = "FROM score s LEFT JOIN scoring_window w ON w.event_id = s.event_id"
_MINE = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE s.user_id = :me"
    " AND (CAST(:cursor AS bigint) IS NULL OR s.id < :cursor) ORDER BY s.id DESC LIMIT :limit"
)
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE s.id = :id AND s.user_id = :me")
_OF = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE s.event_id = ANY(:events)"
    " AND s.user_id = ANY(:users) ORDER BY s.user_id, s.event_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMyScores(Query[ScoresView]):
    """The latest first; `cursor` is the score after which the page begins."""

    limit: int
    cursor: int | None = None


async def get_my_scores(
    query: GetMyScores, actor: Actor, clock: Clock, connection: AsyncConnection
) -> ScoresView:
    found = await connection.execute(
        _MINE,
        {
            "me": actor.id,
            "cursor": query.cursor,
            "limit": query.limit + 1,
            "now": clock.now(),
        },
    )
    rows = found.all()
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return ScoresView(
        items=[_view(row) for row in page], next_cursor=str(page[-1].id) if more else None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GetScore(Query[ScoreView]):
    """One's own."""

    score_id: int


async def get_score(
    query: GetScore, actor: Actor, clock: Clock, connection: AsyncConnection
) -> ScoreView:
    """Raises `ScoreNotFound`, also for somebody else's."""
    found = await connection.execute(
        _ONE, {"id": query.score_id, "me": actor.id, "now": clock.now()}
    )
    if (row := found.first()) is None:
        raise ScoreNotFound("There is no such score of yours.", score_id=str(query.score_id))
    return _view(row)


@dataclass(frozen=True, slots=True)
class OwnScore:
    user_id: int
    score: ScoreView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetScoresOf(Query[Sequence[OwnScore]]):
    """What these people gave to these events."""

    user_ids: tuple[int, ...]
    event_ids: tuple[int, ...]


async def get_scores_of(
    query: GetScoresOf, clock: Clock, connection: AsyncConnection
) -> Sequence[OwnScore]:
    if not query.user_ids or not query.event_ids:
        return []
    found = await connection.execute(
        _OF,
        {
            "users": list(query.user_ids),
            "events": list(query.event_ids),
            "now": clock.now(),
        },
    )
    return [OwnScore(row.user_id, _view(row)) for row in found]


def _view(row: Any) -> ScoreView:
    return ScoreView(
        id=row.id,
        event_id=row.event_id,
        score=row.score,
        version=row.version,
        status=ScoreStatus(row.status),
        reason=row.reason,
        confirmed_score=row.confirmed_score,
        mutable=row.mutable,
    )


QUERIES = (get_my_scores, get_score, get_scores_of)
