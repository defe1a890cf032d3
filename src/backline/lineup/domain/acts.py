"""An act of the line-up. The API calls it an event; an `Event` is a message here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backline.kit.core.errors import FailedPrecondition, InvalidArgument, NotFound, Violation
from backline.kit.core.messages import Aggregate
from backline.lineup.domain.events import (
    EventCancelled,
    EventClosed,
    EventCreated,
    EventUpdated,
    ScoreApplied,
    ScoreReverted,
)
from backline.lineup.domain.scores import Apply, Ballot, EventId, Refusal, Revert, Standing
from backline.lineup.domain.tallies import Kind, Phase, Status, Tally, phase_of, status_of
from backline.lineup.domain.words import description_of, title_of

FARTHEST = timedelta(days=366)


class EventNotFound(NotFound):
    """There is no such act, or it was taken off the line-up."""


class InvalidDeadline(InvalidArgument):
    """It has passed, is before the opening, too far away, or says no time zone."""


class EventIsClosed(FailedPrecondition):
    """What was announced stays: a closed act is neither changed nor opened again."""


class EventNotOpen(FailedPrecondition):
    """The act has not opened, so there is nothing to close."""


class EventIsOpen(FailedPrecondition):
    """People may have scored already: an open act cannot be put off."""


class EventHasScores(FailedPrecondition):
    """What people gave is not thrown away."""


def no_such_event(event_id: int) -> EventNotFound:
    return EventNotFound(
        "There is no such act on the line-up. GET /events lists those that are there.",
        event_id=str(event_id),
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change of a score came to.

    Attributes:
        applied: Whether the version that was asked about is what counts now.
        refusal: Why not; always None for a revert.
        standing: What counts of the score; None if nothing does.
        act: As of right after the change.
    """

    applied: bool
    refusal: Refusal | None
    standing: Standing | None
    act: Tally


@dataclass(eq=False)
class Act(Aggregate):
    """What people score until its deadline, and what has been counted.

    Attributes:
        item_id: The item of the queue whose song is scored; each is scored once.
        opens_at: Scores count from this moment on.
        deadline: Scores count before this moment.
        closed_at: When the closing was noticed and told; None before.
        score_sum: Of what counts.
        by_id: The host who made it; 0 for Backline itself.
        demo: Whether it was made for trying.
    """

    id: EventId
    title: str
    description: str
    kind: Kind
    item_id: str | None
    created_at: datetime
    opens_at: datetime
    deadline: datetime
    closed_at: datetime | None = None
    score_count: int = 0
    score_sum: int = 0
    revision: int = 0
    by_id: int = 0
    by_name: str = ""
    demo: bool = False

    @classmethod
    def create(
        cls,
        event_id: EventId,
        *,
        title: str,
        description: str,
        deadline: datetime,
        opens_at: datetime | None,
        now: datetime,
        kind: Kind = Kind.ACT,
        item_id: str | None = None,
        by_id: int = 0,
        by_name: str = "",
        demo: bool = False,
    ) -> "Act":
        """Put an act on the line-up; an opening that has passed means now.

        Raises:
            InvalidTitle, InvalidDescription, InvalidDeadline: Say what is allowed.
        """
        opening = _opening(opens_at, now)
        _check_deadline(deadline, opening, now)
        act = cls(
            id=event_id,
            title=title_of(title),
            description=description_of(description),
            kind=kind,
            item_id=item_id,
            created_at=now,
            opens_at=opening,
            deadline=deadline,
            revision=1,
            by_id=by_id,
            by_name=by_name,
            demo=demo,
        )
        act.events.append(
            EventCreated(
                event_id=act.id,
                revision=act.revision,
                title=act.title,
                description=act.description,
                kind=kind.value,
                item_id=item_id,
                created_at=now,
                opens_at=act.opens_at,
                deadline=deadline,
            )
        )
        return act

    def phase(self, now: datetime) -> Phase:
        return phase_of(
            now, opens_at=self.opens_at, deadline=self.deadline, closed_at=self.closed_at
        )

    @property
    def status(self) -> Status:
        return status_of(self.score_count, self.score_sum)

    def tally(self, now: datetime) -> Tally:
        return Tally(
            id=self.id,
            revision=self.revision,
            title=self.title,
            description=self.description,
            kind=self.kind,
            created_at=self.created_at,
            opens_at=self.opens_at,
            deadline=self.deadline,
            phase=self.phase(now),
            status=self.status,
            score_count=self.score_count,
            score_sum=self.score_sum,
        )

    def change(
        self,
        *,
        title: str | None,
        description: str | None,
        opens_at: datetime | None,
        deadline: datetime | None,
        now: datetime,
    ) -> None:
        """Set what is not None.

        Args:
            opens_at: Of a coming act; a moment that has passed opens it now.

        Raises:
            EventIsClosed: It has closed.
            EventIsOpen: It is open, and was to open later.
            InvalidTitle, InvalidDescription, InvalidDeadline: Say what is allowed.
        """
        before = (self.title, self.description, self.opens_at, self.deadline)
        self._check_not_closed(now)
        if title is not None:
            self.title = title_of(title)
        if description is not None:
            self.description = description_of(description)
        if opens_at is not None:
            self._open_at(_opening(opens_at, now), now)
        if deadline is not None or opens_at is not None:
            _check_deadline(deadline or self.deadline, self.opens_at, now)
            self.deadline = deadline or self.deadline
        if before == (self.title, self.description, self.opens_at, self.deadline):
            return
        self.revision += 1
        self.events.append(
            EventUpdated(
                event_id=self.id,
                revision=self.revision,
                title=self.title,
                description=self.description,
                opens_at=self.opens_at,
                deadline=self.deadline,
            )
        )

    def close(self, now: datetime) -> None:
        """Close it now, before its deadline; one that has closed stays as it is.

        Raises:
            EventNotOpen: It has not opened.
        """
        if self.phase(now) is Phase.COMING:
            raise EventNotOpen(
                f"“{self.title}” has not opened yet. Delete it, or open it first.",
                event_id=str(self.id),
                title=self.title,
            )
        if self.phase(now) is Phase.OPEN:
            self.deadline = now
        self.finish(now)

    def finish(self, now: datetime) -> None:
        """Tell once that the deadline has passed."""
        if self.closed_at is not None or now < self.deadline:
            return
        self.closed_at = now
        self.revision += 1
        self.events.append(
            EventClosed(
                event_id=self.id,
                revision=self.revision,
                deadline=self.deadline,
                closed_at=now,
                status=self.status.value,
                score_count=self.score_count,
                score_sum=self.score_sum,
            )
        )

    def cancel(self, now: datetime) -> None:
        """Take it off the line-up.

        Raises:
            EventHasScores: Somebody's score counts, and it is no act of the demo.
        """
        if self.score_count and not self.demo:
            raise EventHasScores(
                f"“{self.title}” has been scored and stays on the line-up. Close it instead.",
                event_id=str(self.id),
                title=self.title,
                count=str(self.score_count),
            )
        self.revision += 1
        cancelled = EventCancelled(event_id=self.id, revision=self.revision, cancelled_at=now)
        self.events.append(cancelled)

    def apply(self, ballot: Ballot, change: Apply, now: datetime) -> Outcome:
        """Count a version, once; the outcome says what stands.

        Raises:
            ScoreOfAnother: The number of the score is another person's.
            ScoreVersionReused: The version came before with another value.
        """
        ballot.check(change)
        before, refusal = ballot.standing, self._refusal(ballot, change.version, now)
        if refusal is None and change.version not in ballot.versions:
            ballot.add(change)
            self._recount(before, ballot.standing)
            self.events.append(
                ScoreApplied(
                    event_id=self.id,
                    revision=self.revision,
                    score_id=change.score_id,
                    user_id=change.user_id,
                    version=change.version,
                    score=change.score,
                    status=self.status.value,
                    score_count=self.score_count,
                    score_sum=self.score_sum,
                    applied_at=now,
                )
            )
        return Outcome(refusal is None, refusal, ballot.standing, self.tally(now))

    def revert(self, ballot: Ballot, change: Revert, now: datetime) -> Outcome:
        """Take a version back, unless the act has closed; the outcome says what stands."""
        before = ballot.standing
        if self.phase(now) is not Phase.CLOSED:
            ballot.take_back(change.version)
        after = ballot.standing
        if after != before:
            self._recount(before, after)
            self.events.append(
                ScoreReverted(
                    event_id=self.id,
                    revision=self.revision,
                    score_id=change.score_id,
                    version=change.version,
                    standing_version=after.version if after else None,
                    standing_score=after.score if after else None,
                    status=self.status.value,
                    score_count=self.score_count,
                    score_sum=self.score_sum,
                    reverted_at=now,
                )
            )
        applied = after is not None and after.version == change.version
        return Outcome(applied, None, after, self.tally(now))

    def _refusal(self, ballot: Ballot, number: int, now: datetime) -> Refusal | None:
        known, standing = ballot.versions.get(number), ballot.standing
        if known is not None and known.reverted:
            return Refusal.REVERTED
        if known is None and number > ballot.seen:
            return {Phase.CLOSED: Refusal.DEADLINE_PASSED, Phase.COMING: Refusal.NOT_OPEN}.get(
                self.phase(now)
            )
        if standing is None or standing.version != number:
            return Refusal.SUPERSEDED
        return None

    def _recount(self, before: Standing | None, after: Standing | None) -> None:
        self.score_count += (after is not None) - (before is not None)
        self.score_sum += (after.score if after else 0) - (before.score if before else 0)
        self.revision += 1

    def _check_not_closed(self, now: datetime) -> None:
        if self.phase(now) is Phase.CLOSED:
            raise EventIsClosed(
                f"“{self.title}” has closed, and its result stands."
                " Put it on the line-up anew to have it scored again.",
                event_id=str(self.id),
                title=self.title,
            )

    def _open_at(self, opens_at: datetime, now: datetime) -> None:
        if self.phase(now) is Phase.COMING:
            self.opens_at = opens_at
        elif opens_at > now:
            raise EventIsOpen(
                f"“{self.title}” is open already. Move its deadline, or close it.",
                event_id=str(self.id),
                title=self.title,
            )


def _opening(opens_at: datetime | None, now: datetime) -> datetime:
    if opens_at is not None and opens_at.tzinfo is None:
        raise _wrong_time("opens_at", "Say the time zone, such as 2026-11-21T22:50:00Z.", "NAIVE")
    return now if opens_at is None else max(opens_at, now)


def _check_deadline(deadline: datetime, opens_at: datetime, now: datetime) -> None:
    if deadline.tzinfo is None:
        raise _wrong_time("deadline", "Say the time zone, such as 2026-11-21T22:50:00Z.", "NAIVE")
    if deadline <= now:
        raise _wrong_time("deadline", "The deadline has passed. Choose a later one.", "PAST")
    if deadline <= opens_at:
        detail = "The deadline is before the opening. Choose a later one."
        raise _wrong_time("deadline", detail, "BEFORE_OPENING")
    if deadline > now + FARTHEST:
        detail = f"The deadline is at most {FARTHEST.days} days from now."
        raise _wrong_time("deadline", detail, "TOO_FAR", days=str(FARTHEST.days))


def _wrong_time(field: str, detail: str, reason: str, **bounds: str) -> InvalidDeadline:
    return InvalidDeadline(
        detail, violations=(Violation(f"#/{field}", detail, reason, bounds),), case=reason.lower()
    )
