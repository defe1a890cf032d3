"""An act as it is at one moment: where in its time, and what its scores come to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backline.lineup.domain.scores import EventId

HIGH_MEAN = 3


class Phase(StrEnum):
    """Where an act is in its time."""

    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"


class Status(StrEnum):
    """What the scores come to; final once the act has closed."""

    PROCESSING = "PROCESSING"
    """Nobody has scored."""
    HIGH_SCORE = "HIGH_SCORE"
    """A mean of 3 or more."""
    LOW_SCORE = "LOW_SCORE"


class Kind(StrEnum):
    """What is scored."""

    ACT = "act"
    SONG = "song"
    """One that the room has just heard."""


def status_of(count: int, total: int) -> Status:
    if count == 0:
        return Status.PROCESSING
    return Status.HIGH_SCORE if total >= HIGH_MEAN * count else Status.LOW_SCORE


def phase_of(
    now: datetime, *, opens_at: datetime, deadline: datetime, closed_at: datetime | None
) -> Phase:
    if closed_at is not None or now >= deadline:
        return Phase.CLOSED
    return Phase.COMING if now < opens_at else Phase.OPEN


@dataclass(frozen=True, slots=True)
class Tally:
    """An act as it was at one moment; `revision` rises by one with every change."""

    id: EventId
    revision: int
    title: str
    description: str
    kind: Kind
    created_at: datetime
    opens_at: datetime
    deadline: datetime
    phase: Phase
    status: Status
    score_count: int
    score_sum: int

    @property
    def score_mean(self) -> float | None:
        return self.score_sum / self.score_count if self.score_count else None
