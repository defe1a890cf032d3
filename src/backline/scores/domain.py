"""A person's score for one event of the line-up, from the wish to what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from typing_extensions import override

from backline.kit.core.errors import AlreadyExists, FailedPrecondition, NotFound, Unavailable
from backline.kit.core.messages import Aggregate, Event

LOWEST, HIGHEST = 1, 5
UNREACHABLE = "LINEUP_UNREACHABLE"
"""Why a score is rejected that the line-up did not answer in time."""
GONE = "NO_SUCH_EVENT"
"""Why a score is rejected whose event is not on the line-up, or not any more. That is final."""


class NoSuchEvent(NotFound):
    """The line-up has no event of this id."""


class DeadlinePassed(FailedPrecondition):
    """The event takes no scores any more; those it has cannot be changed."""


class NotOpenYet(FailedPrecondition):
    """The event takes scores later."""


class AlreadyScored(AlreadyExists):
    """One score per person and event; it is changed with PUT."""


class NotScored(NotFound):
    """There is no score of this person to change; it is given with POST."""


class ScoreNotFound(NotFound):
    """There is no such score, or it is somebody else's."""


class LineupUnreachable(Unavailable):
    """The line-up does not answer."""

    reason = UNREACHABLE


class ScoreStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineupEvent:
    """An event as the line-up tells it.

    Attributes:
        kind: `act`, or `song` for one that the room has just heard.
        opens_at: From when on it takes scores.
        status: `PROCESSING` without a score, else `HIGH_SCORE` or `LOW_SCORE`.
        score_mean: None without a score.
        revision: Rises with every change of it.
    """

    id: int
    title: str
    description: str
    kind: str
    created_at: datetime
    opens_at: datetime
    deadline: datetime
    status: str
    score_count: int
    score_mean: float | None
    revision: int

    @property
    def window(self) -> "Window":
        return Window(
            event_id=self.id,
            title=self.title,
            opens_at=self.opens_at,
            deadline=self.deadline,
            revision=self.revision,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When an event takes scores, as far as it is known here.

    Attributes:
        title: None where only its end is told; so is `opens_at`.
        revision: Of the event, as the line-up counts it: a lower one is old news.
    """

    event_id: int
    title: str | None = None
    opens_at: datetime | None = None
    deadline: datetime
    revision: int

    def check_open(self, now: datetime) -> None:
        """Raises `NotOpenYet`, `DeadlinePassed`."""
        if now >= self.deadline:
            raise DeadlinePassed(
                "Scoring has ended. What was scored by then counts.",
                event_id=str(self.event_id),
                title=self.title or "",
                deadline=self.deadline.isoformat(),
            )
        if self.opens_at is not None and now < self.opens_at:
            raise NotOpenYet(
                "This cannot be scored yet. Try again when it has begun.",
                event_id=str(self.event_id),
                title=self.title or "",
                retry_at=self.opens_at,
            )


@dataclass(frozen=True, slots=True)
class ScoreSubmitted(Event):
    """Somebody gave a score, or changed it: `version` counts from 1. It is `pending` now."""

    score_id: int
    event_id: int
    user_id: int
    version: int
    score: int
    at: datetime

    @property
    @override
    def key(self) -> str:
        return f"score:{self.score_id}"


@dataclass(frozen=True, slots=True)
class ScoreConfirmed(Event):
    """The line-up counts this version of the score."""

    score_id: int
    event_id: int
    user_id: int
    version: int
    score: int
    at: datetime

    @property
    @override
    def key(self) -> str:
        return f"score:{self.score_id}"


@dataclass(frozen=True, slots=True)
class ScoreRejected(Event):
    """The line-up does not count this version; one that was confirmed earlier still counts.

    Unless the event itself is gone: then nothing does.
    """

    score_id: int
    event_id: int
    user_id: int
    version: int
    reason: str
    at: datetime

    @property
    @override
    def key(self) -> str:
        return f"score:{self.score_id}"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the line-up counts."""

    version: int
    score: int


@dataclass(eq=False, kw_only=True)
class Score(Aggregate):
    """One person's score of one event. Loaded under a lock on its row.

    Attributes:
        id: 0 until it is stored.
        version: Which wish of its owner it is, from 1; what the line-up tells them apart by.
        score: What was wished for last.
        reason: Why the last wish was rejected; for programs.
        confirmed: What counts; None if nothing ever did.
        changed_at: When its owner gave or changed it.
    """

    id: int = 0
    event_id: int
    user_id: int
    version: int = 1
    score: int
    status: ScoreStatus = ScoreStatus.PENDING
    reason: str | None = None
    confirmed: Confirmed | None = None
    changed_at: datetime

    @property
    def confirmed_score(self) -> int | None:
        """What counts; None if nothing does."""
        return None if self.confirmed is None else self.confirmed.score

    def submitted(self) -> None:
        """It has been stored, and is on its way to the line-up."""
        self.events.append(
            ScoreSubmitted(
                score_id=self.id,
                event_id=self.event_id,
                user_id=self.user_id,
                version=self.version,
                score=self.score,
                at=self.changed_at,
            )
        )

    def change(self, score: int, *, at: datetime) -> bool:
        """Wish for another score; False if that is what it is already, or will be.

        A score that was rejected may be wished for once more.
        """
        if score == self.score and self.status is not ScoreStatus.REJECTED:
            return False
        self.version += 1
        self.score = score
        self.status = ScoreStatus.PENDING
        self.reason = None
        self.changed_at = at
        self.submitted()
        return True

    def confirm(self, what: Confirmed, *, at: datetime) -> None:
        """The line-up counts this version.

        It also settles a wish that was given up: the line-up's word stands. Of a wish that was
        replaced meanwhile it says what counts for now; the newer wish is still on its way.
        """
        if self.reason == GONE:
            return
        if self.confirmed is None or what.version > self.confirmed.version:
            self.confirmed = what
        if what.version != self.version or self.status is ScoreStatus.CONFIRMED:
            return
        self.status = ScoreStatus.CONFIRMED
        self.reason = None
        self.events.append(
            ScoreConfirmed(
                score_id=self.id,
                event_id=self.event_id,
                user_id=self.user_id,
                version=what.version,
                score=what.score,
                at=at,
            )
        )

    def reject(self, version: int, reason: str, *, at: datetime) -> None:
        """The line-up does not count this version. What was confirmed before it still counts.

        Says nothing of a wish that was replaced meanwhile.
        """
        if version == self.version and self.status is ScoreStatus.PENDING:
            self._rejected(reason, at)

    def withdraw(self, *, at: datetime) -> None:
        """Its event was taken off the line-up, with all that counted."""
        if self.reason != GONE:
            self.confirmed = None
            self._rejected(GONE, at)

    def _rejected(self, reason: str, at: datetime) -> None:
        self.status = ScoreStatus.REJECTED
        self.reason = reason
        self.events.append(
            ScoreRejected(
                score_id=self.id,
                event_id=self.event_id,
                user_id=self.user_id,
                version=self.version,
                reason=reason,
                at=at,
            )
        )
