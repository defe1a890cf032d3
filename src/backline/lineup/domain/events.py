"""What the line-up tells others: each class is a message of `lineup.v1` of the same fields."""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from backline.kit.core.messages import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ActEvent(Event):
    """Something about one act.

    Attributes:
        revision: The act's own, after the change.
    """

    event_id: int
    revision: int

    @property
    @override
    def key(self) -> str:
        return f"event:{self.event_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCreated(ActEvent):
    title: str
    description: str
    kind: str
    item_id: str | None
    created_at: datetime
    opens_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventUpdated(ActEvent):
    title: str
    description: str
    opens_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCancelled(ActEvent):
    cancelled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventClosed(ActEvent):
    deadline: datetime
    closed_at: datetime
    status: str
    score_count: int
    score_sum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoScored(ActEvent):
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreApplied(ActEvent):
    score_id: int
    user_id: int
    version: int
    score: int
    status: str
    score_count: int
    score_sum: int
    applied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReverted(ActEvent):
    score_id: int
    version: int
    standing_version: int | None
    standing_score: int | None
    status: str
    score_count: int
    score_sum: int
    reverted_at: datetime
