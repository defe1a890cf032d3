"""What people get to see, as JSON: the shapes of the REST answers and of the socket."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from backline.scores.domain import LineupEvent, ScoreStatus

_SCORE: Any = {
    "id": 90,
    "event_id": 3,
    "score": 5,
    "version": 2,
    "status": "pending",
    "reason": None,
    "confirmed_score": 4,
    "mutable": True,
}
_EVENT: Any = {
    "id": 3,
    "title": "Lamplight",
    "description": "Three voices and a harmonium.",
    "kind": "act",
    "created_at": "2026-11-21T20:02:10Z",
    "opens_at": "2026-11-21T22:20:00Z",
    "deadline": "2026-11-21T22:45:00Z",
    "status": "HIGH_SCORE",
    "score_count": 41,
    "score_mean": 4.22,
    "my_score": {**_SCORE, "status": "confirmed", "confirmed_score": 5},
}
_RESULTS: Any = {"event_id": 3, "count": 41, "mean": 4.22, "histogram": [1, 0, 6, 16, 18]}

EventStatus = Literal["PROCESSING", "HIGH_SCORE", "LOW_SCORE"]


class View(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(value: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class ScoreView(View):
    """One's score of one event.

    `score` is what was asked for last, as the `version`-th wish; `confirmed_score` what counts in
    the line-up, null if nothing does. While a change is `pending`, and after one that was
    `rejected`, the two differ. `reason` says why it was rejected: `DEADLINE_PASSED`,
    `NOT_OPEN_YET`, `NO_SUCH_EVENT`, `LINEUP_UNREACHABLE`; more may come. `mutable` is true until
    the event's deadline.
    """

    model_config = _example(_SCORE)

    id: int
    event_id: int
    score: int
    version: int
    status: ScoreStatus
    reason: str | None
    confirmed_score: int | None
    mutable: bool


class ScoresView(View):
    """One's scores, the latest first."""

    items: list[ScoreView]
    next_cursor: str | None


class EventView(View):
    """An event of the line-up.

    `status` is `PROCESSING` without a score, then `HIGH_SCORE` (a mean of 3 or more) or
    `LOW_SCORE`; final after the deadline. `kind` is `act`, or `song` for one that the room has
    just heard. `my_score` is null without one, and without a login.
    """

    model_config = _example(_EVENT)

    id: int
    title: str
    description: str
    kind: str
    created_at: datetime
    opens_at: datetime
    deadline: datetime
    status: EventStatus
    score_count: int
    score_mean: float | None
    my_score: ScoreView | None = None


class EventsView(View):
    """Events, and when the line-up told them so."""

    items: list[EventView]
    next_cursor: str | None
    as_of: datetime


class ResultsView(View):
    """What is confirmed of an event. `histogram` counts the ones, twos … fives, in this order."""

    model_config = _example(_RESULTS)

    event_id: int
    count: int
    mean: float | None
    histogram: list[int]


def event_view(event: LineupEvent) -> dict[str, Any]:
    """An event as plain JSON data, without a score of one's own."""
    view = EventView(
        id=event.id,
        title=event.title,
        description=event.description,
        kind=event.kind,
        created_at=event.created_at,
        opens_at=event.opens_at,
        deadline=event.deadline,
        status=event.status,
        score_count=event.score_count,
        score_mean=event.score_mean,
    )
    return view.model_dump(mode="json")
