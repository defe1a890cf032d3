"""What the use cases need from the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from backline.scores.domain import LineupEvent, Score, Window

SCORES_CHANNEL = "scores.changed"
"""The doorbell that rings when a score or a tally has changed, or when events take scores."""
NEWS_CHANNEL = "scores.lineup"
"""The doorbell that rings when the line-up has news: what is kept of it is old."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One version of a score, on its way to the line-up."""

    score_id: int
    event_id: int
    user_id: int
    version: int
    score: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands in the line-up.

    Attributes:
        applied: Whether this version of the score counts.
        reason: Why not, for programs; empty where it does.
    """

    applied: bool
    reason: str = ""


class Phase(StrEnum):
    """Where an event is in its time."""

    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events of the line-up; read on with `next_cursor` unless it is empty."""

    events: Sequence[LineupEvent]
    next_cursor: str


class Lineup(Protocol):
    """The line-up, which decides what counts. All raise `LineupUnreachable`."""

    async def list_events(
        self, *, phase: Phase | None = None, limit: int = 200, cursor: str = ""
    ) -> EventPage:
        """Open ones by their deadline, coming ones as they open, closed ones the latest first.

        Raises a refusal of the line-up's own for a cursor that it did not give out.
        """
        ...

    async def get_event(self, event_id: int) -> LineupEvent:
        """Raises `NoSuchEvent`."""
        ...

    async def apply(self, wish: Wish) -> Verdict:
        """Count it, until the deadline. Repeating it gets the answer that stands."""
        ...

    async def revert(self, wish: Wish) -> Verdict:
        """Count it no longer, but what was before it, until the deadline; then it stands.

        A revert that overtakes its `apply` keeps that one from ever counting.
        """
        ...


class ScoreRepository(Protocol):
    async def add(self, score: Score) -> None:
        """Store a new one and give it its id. Raises `AlreadyScored`."""
        ...

    async def of(self, event_id: int, user_id: int) -> Score:
        """Load and lock the person's score of the event. Raises `NotScored`."""
        ...

    async def get_all(self, score_ids: Collection[int]) -> Mapping[int, Score]:
        """Load and lock, in one order everywhere. Raises `ScoreNotFound`."""
        ...

    async def save(self, score: Score) -> None: ...

    async def save_all(self, scores: Collection[Score]) -> None: ...

    async def of_event(self, event_id: int) -> Sequence[Score]:
        """Load and lock all of an event."""
        ...

    async def set_tally(self, event_id: int, histogram: Sequence[int]) -> None:
        """What is kept of an event beside single scores: how many gave 1, 2, …; empty for none."""
        ...

    async def given_up(self, *, before: datetime, limit: int) -> Sequence[Score]:
        """Load and lock those pending since before then, whose saga is being undone.

        Or that of an earlier version, which they wait for. What has not been tried yet, because
        there is so much to do, is none of them. What somebody else has locked is left for the
        next time.
        """
        ...

    async def fold(self, *, before: datetime, limit: int) -> int:
        """Keep nothing but the tally of what was last changed before then; how many went.

        What is still on its way stays.
        """
        ...


class WindowRepository(Protocol):
    """When the events take scores, as far as it is known here."""

    async def note(self, windows: Collection[Window]) -> None:
        """Keep those that are news."""
        ...

    async def of(self, event_id: int) -> Window | None: ...
