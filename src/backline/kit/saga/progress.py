"""Where a saga is, and where it goes from there. Pure: no clock, no database, no call.

A saga is a position among its steps and a direction. On the way forward all steps before the
position are done; on the way back all steps behind it are undone, or were never begun. The try that
is under way was recorded before it began, so that after a crash it is known what may have happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from backline.kit.core.errors import BacklineError, Kind
from backline.kit.db.outage import is_outage
from backline.kit.saga.declaration import (
    Action,
    Call,
    Compensatable,
    Done,
    Pivot,
    Retriable,
    Saga,
    Stands,
)

DEADLINE_PASSED = "SAGA_DEADLINE_PASSED"
STEP_UNKNOWN = "SAGA_STEP_UNKNOWN"
_LONGEST_DETAIL = 500


class State(StrEnum):
    """How a saga is. It ends `completed` or `compensated`; `stuck` waits for a person."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPENSATING = "compensating"
    STUCK = "stuck"
    COMPLETED = "completed"
    COMPENSATED = "compensated"

    @property
    def ended(self) -> bool:
        return self in {State.COMPLETED, State.COMPENSATED}


Direction = Literal["do", "undo"]
Outcome = Literal["done", "refused", "failed", "stands"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one saga is.

    Attributes:
        step: The step at hand, by name; empty once the saga has ended.
        backward: Whether it is being undone.
        decided: Whether an undo answered that a step stands: no deadline, no way back.
        round: 1, and one more after each such answer; the keys of actions are different then.
        attempts: Tries of the action at hand that were begun.
        failures: Those of them that ended in a bug.
        reason: Why it turned back, or is stuck, as in `BacklineError.reason`.
        detail: The same for people; also what the last try came to.
    """

    state: State
    step: str
    backward: bool = False
    decided: bool = False
    round: int = 1
    attempts: int = 0
    failures: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one action came to, for the saga's story.

    Attributes:
        reply: What the callee answered, as later steps read it.
    """

    step: str
    action: Direction
    round: int
    outcome: Outcome
    attempts: int
    reply: Any = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What is recorded at once.

    Attributes:
        pauses: Whether there is a pause before the next action; `failures` and `attempts` say how
            long. Otherwise the next action begins with the record of this one.
    """

    to: Progress
    entries: Sequence[Entry]
    pauses: bool = False


def starting(saga: Saga[Any]) -> Progress:
    """Where a saga begins."""
    step = next(step for step in saga.steps if step.do is not None)
    return Progress(State.RUNNING, step.name)


class Course:
    """The way of one kind of saga."""

    def __init__(self, saga: Saga[Any]) -> None:
        self._steps = saga.steps
        self._index = {step.name: at for at, step in enumerate(saga.steps)}

    def action(self, at: Progress) -> Action[Any] | None:
        """What is to be done now; None where the declaration has no such action (any more)."""
        if at.step not in self._index:
            return None
        step = self._steps[self._index[at.step]]
        if at.backward:
            return step.undo if isinstance(step, Compensatable) else None
        return step.do

    def may_turn(self, at: Progress, *, refused: bool = False) -> bool:
        """Whether what is done, or may have been done, can be undone.

        Args:
            refused: Whether it is known that the action at hand was not done.
        """
        if at.backward or at.decided or at.step not in self._index:
            return False
        step = self._steps[self._index[at.step]]
        if isinstance(step, Pivot):
            return refused or not isinstance(step.do, Call)
        return not isinstance(step, Retriable)

    def answered(self, at: Progress, answer: Done | Stands) -> Move:
        """The action at hand has succeeded."""
        stands = isinstance(answer, Stands)
        entry = self._entry(at, "stands" if stands else "done", reply=answer.reply)
        here = self._index[at.step]
        if not at.backward:
            return Move(self._forward(at, here + 1), (entry,))
        if not stands:
            return Move(self._back(at, here - 1), (entry,))
        decided = replace(at, backward=False, decided=True, round=at.round + 1)
        return Move(self._forward(decided, here + 1), (entry,))

    def failed(
        self, at: Progress, error: Exception, *, overdue: bool = False, called: bool = False
    ) -> Move:
        """The action at hand has failed, or nothing is known of it.

        Args:
            overdue: Whether the deadline has passed.
            called: Whether the callee did its part, and what it means here has failed.
        """
        reason, detail = words(error)
        passing, refused = is_passing(error), is_refusal(error)
        failures = at.failures + (0 if passing or refused else 1)
        noted = replace(at, failures=failures, detail=detail)
        entry = self._entry(at, "refused" if refused else "failed", reason=reason, detail=detail)
        action = self.action(at)
        final = refused or (action is not None and failures >= action.retry.attempts)
        if not final and not (overdue and self.may_turn(at)):
            return Move(noted, (entry,), pauses=True)
        if not self.may_turn(at, refused=refused):
            return Move(self.stuck(noted, reason, detail), (entry,))
        told = replace(noted, reason=reason if final else DEADLINE_PASSED)
        # What was refused at its first try was not done; of an earlier try nobody knows.
        return Move(self._turn(told, uncertain=called or not refused or at.attempts > 1), (entry,))

    def stuck(self, at: Progress, reason: str, detail: str) -> Progress:
        """Only a person can help."""
        return replace(at, state=State.STUCK, reason=reason, detail=detail)

    def _turn(self, at: Progress, *, uncertain: bool) -> Progress:
        """Begin to undo: the step at hand too if it may have been done, then those before it."""
        here = self._index[at.step]
        # A command is recorded with its effect, so there is never doubt about it.
        include = uncertain and isinstance(self._steps[here].do, Call)
        return self._back(at, here if include else here - 1)

    def _forward(self, at: Progress, index: int) -> Progress:
        if index == len(self._steps):
            return replace(
                at, state=State.COMPLETED, step="", attempts=0, failures=0, reason="", detail=""
            )
        reason, detail = (at.reason, at.detail) if at.decided else ("", "")
        return replace(
            at,
            state=State.RUNNING,
            step=self._steps[index].name,
            attempts=1,
            failures=0,
            reason=reason,
            detail=detail,
        )

    def _back(self, at: Progress, index: int) -> Progress:
        while index >= 0:
            step = self._steps[index]
            if isinstance(step, Compensatable) and step.undo is not None:
                return replace(
                    at,
                    state=State.COMPENSATING,
                    step=step.name,
                    backward=True,
                    attempts=1,
                    failures=0,
                )
            index -= 1
        return replace(at, state=State.COMPENSATED, step="", backward=True, attempts=0, failures=0)

    def _entry(
        self,
        at: Progress,
        outcome: Outcome,
        *,
        reply: Any = None,
        reason: str = "",
        detail: str = "",
    ) -> Entry:
        return Entry(
            at.step,
            "undo" if at.backward else "do",
            at.round,
            outcome,
            at.attempts,
            reply,
            reason,
            detail,
        )


_PASSING = {
    Kind.UNAVAILABLE,
    Kind.DEADLINE_EXCEEDED,
    Kind.ABORTED,
    Kind.RESOURCE_EXHAUSTED,
}


def is_passing(error: Exception) -> bool:
    """Whether `error` says nothing against the action itself: it is tried again without end."""
    if isinstance(error, BacklineError):
        return error.kind in _PASSING
    return isinstance(error, TimeoutError) or is_outage(error)


def is_refusal(error: Exception) -> bool:
    """Whether the answer will be the same however often one asks."""
    return isinstance(error, BacklineError) and not error.kind.retryable


def words(error: Exception) -> tuple[str, str]:
    """Reason and detail of `error`."""
    if isinstance(error, BacklineError):
        return error.reason, error.detail
    if isinstance(error, TimeoutError):
        return Kind.DEADLINE_EXCEEDED.name, "There was no answer in time."
    if is_outage(error):
        return Kind.UNAVAILABLE.name, "The database does not answer."
    # A bug may say anything, also what a database cannot keep.
    detail = f"{type(error).__name__}: {error}".replace("\0", "")
    return Kind.INTERNAL.name, detail[:_LONGEST_DETAIL]
