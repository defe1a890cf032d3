"""Carries one saga on: a call between transactions, one transaction for what it came to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import structlog

from backline.kit.core.actor import SYSTEM
from backline.kit.core.backoff import Backoff
from backline.kit.core.context import RequestContext, enter
from backline.kit.core.errors import BacklineError
from backline.kit.core.failpoints import failpoint
from backline.kit.core.messages import Command
from backline.kit.db.group_commit import GroupCommit
from backline.kit.db.outage import Patience
from backline.kit.saga.declaration import Action, Attempt, Call, Done, Saga, Stands
from backline.kit.saga.metrics import SagaMeter
from backline.kit.saga.progress import (
    STEP_UNKNOWN,
    Course,
    Move,
    Progress,
    State,
    is_passing,
    words,
)
from backline.kit.saga.store import Held, Recording, SagaLost, SagaStore, Transactions
from backline.kit.telemetry.traces import span

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Hold:
    """A saga held here; `since` is when its lease was last extended."""

    held: Held
    since: float


class Carrier:
    """Carries on the sagas of one kind.

    Args:
        wake: Called when one of them has become due again.
    """

    def __init__(
        self,
        saga: Saga[Any],
        records: "Records",
        lease_s: float,
        wake: Callable[[], None],
        meter: SagaMeter,
    ) -> None:
        self._saga = saga
        self._course = Course(saga)
        self._records = records
        self._lease_s = lease_s
        self._wake = wake
        self._meter = meter

    async def carry(self, hold: Hold) -> None:
        """Go on until the saga has ended, is stuck, pauses, or is another's."""
        held = hold.held
        enter(RequestContext(actor=SYSTEM, traceparent=held.traceparent))
        course = self._course
        try:
            data = self._saga.adapter.validate_python(held.data)
        except ValueError as error:
            move = Move(course.stuck(held.progress, "SAGA_DATA_INVALID", str(error)), ())
            await self._record(hold, _Taken(move))
            return
        while True:
            held = hold.held
            taken = await self._act(held, data)
            if not await self._settle(hold, data, taken):
                return

    async def _act(self, held: Held, data: Any) -> "_Taken":
        """Take the action at hand; nothing of it is recorded yet."""
        at, course = held.progress, self._course
        action = course.action(at)
        if action is None:
            detail = f"The saga has no step “{at.step}” (any more). Run the version that has it."
            return _Taken(Move(course.stuck(at, STEP_UNKNOWN, detail), ()))
        attempt = _attempt(held, action)
        try:
            if not isinstance(action, Call):
                command = action.command(data, attempt)
                return _Taken(course.answered(at, Done()), (command,))
            with span(
                f"{held.name} {attempt.key.partition(':')[2]}",
                held.traceparent,
                saga=str(held.id),
                attempt=attempt.number,
            ):
                async with asyncio.timeout(attempt.timeout_s):
                    answer = await action.run(data, attempt)
        except Exception as error:  # noqa: BLE001 - judged there
            _tell_failure(held, error)
            return _Taken(course.failed(at, error, overdue=held.overdue))
        failpoint("saga.called")
        return _answered(course, at, answer)

    async def _settle(self, hold: Hold, data: Any, taken: "_Taken") -> bool:
        """Record what was done, with the commands that follow at once; whether to go on here."""
        held, course = hold.held, self._course
        longer = _with_commands(course, held, data, taken)
        try:
            if longer is not taken:
                try:
                    return await self._record(hold, longer)
                except SagaLost:
                    raise
                except Exception:  # noqa: BLE001 - a command behind it is to blame, or its own
                    log.info("saga_steps_apart", id=str(held.id))
            try:
                return await self._record(hold, taken)
            except SagaLost:
                raise
            except Exception as error:  # noqa: BLE001 - judged there
                _tell_failure(held, error)
                called = isinstance(course.action(held.progress), Call)
                move = course.failed(held.progress, error, overdue=held.overdue, called=called)
                return await self._record(hold, _Taken(move))
        except SagaLost:
            log.info("saga_lost", saga=held.name, id=str(held.id))
            return False

    async def _record(self, hold: Hold, taken: "_Taken") -> bool:
        held, to = hold.held, taken.move.to
        over = to.state.ended or to.state is State.STUCK
        pause_s = self._pause_s(held, taken.move) if taken.move.pauses else None
        due_in_s = None if over else pause_s if pause_s is not None else self._lease_s
        await self._records.submit(Recording(held, taken.move, taken.commands, due_in_s))
        failpoint("saga.recorded")
        hold.held = replace(
            held, progress=to, epoch=held.epoch + 1, replies=_replies(held, taken.move)
        )
        hold.since = monotonic()
        if pause_s is not None:
            asyncio.get_running_loop().call_later(pause_s, self._wake)
        for entry in taken.move.entries:
            self._meter.stepped(held.name, entry.step, entry.action, entry.outcome)
        if over:
            self._tell_end(held, to)
        return not over and pause_s is None

    def _tell_end(self, held: Held, to: Progress) -> None:
        if to.state.ended:
            self._meter.ended(held.name, to.state, monotonic() - held.started_at)
        tell = log.error if to.state is State.STUCK else log.info
        tell("saga_" + to.state, saga=held.name, id=str(held.id), reason=to.reason)

    def _pause_s(self, held: Held, move: Move) -> float:
        course = self._course
        action = course.action(move.to)
        assert action is not None
        backoff = Backoff(action.retry.first_pause_s, action.retry.longest_pause_s)
        for _ in range(min(move.to.attempts, 60) - 1):
            backoff.next_s()
        pause_s = backoff.next_s()
        if held.remaining_s is not None and course.may_turn(move.to):
            return min(pause_s, held.remaining_s)
        return pause_s


@dataclass(frozen=True, slots=True)
class _Taken:
    """An action that was taken, with what it means here."""

    move: Move
    commands: Sequence[Command[Any]] = ()


class Records:
    """Gathers what comes at the same moment into one transaction."""

    def __init__(self, store: SagaStore, transactions: Transactions) -> None:
        self._store = store
        self._transactions = transactions
        self._group: GroupCommit[Recording, Exception | None] = GroupCommit(self._write)

    async def submit(self, recording: Recording) -> None:
        """Return once it is recorded.

        Raises:
            SagaLost: It belongs to another runner.
            BacklineError: A command of it was refused.
        """
        patience = Patience("sagas, record")
        while (error := await self._group.submit(recording)) is not None:
            if isinstance(error, SagaLost) or not is_passing(error):
                raise error
            await patience.wait(error)
        patience.over()

    async def _write(self, recordings: Sequence[Recording]) -> Sequence[Exception | None]:
        try:
            await self._store.record(recordings, self._transactions)
        except Exception as error:  # noqa: BLE001 - returned to whom it concerns
            if len(recordings) == 1 or (is_passing(error) and not isinstance(error, SagaLost)):
                return [error] * len(recordings)
            # Somebody's fault, and everybody's loss: each for itself.
            return [(await self._write([each]))[0] for each in recordings]
        return [None] * len(recordings)


def _attempt(held: Held, action: Action[Any]) -> Attempt:
    at = held.progress
    direction = "undo" if at.backward else "do"
    return Attempt(
        saga_id=held.id,
        key=f"{held.id}:{at.step}:{direction}:{at.round}",
        number=at.attempts,
        timeout_s=action.timeout_s if isinstance(action, Call) else 0.0,
        replies=held.replies,
        reason=at.reason if at.backward else "",
        detail=at.detail if at.backward else "",
    )


def _answered(course: Course, at: Progress, answer: Done | Stands | None) -> _Taken:
    answer = answer or Done()
    commands = () if answer.command is None else (answer.command,)
    return _Taken(course.answered(at, answer), commands)


def _with_commands(course: Course, held: Held, data: Any, taken: _Taken) -> _Taken:
    """`taken`, and the commands of the steps behind it that call nobody."""
    move, commands = taken.move, tuple(taken.commands)
    while not move.pauses and not move.to.state.ended and move.to.state is not State.STUCK:
        action = course.action(move.to)
        if action is None or isinstance(action, Call):
            break
        then = replace(held, progress=move.to, replies=_replies(held, move))
        try:
            command = action.command(data, _attempt(then, action))
        except Exception:  # noqa: BLE001 - it is tried again by itself, and judged there
            break
        next_move = course.answered(move.to, Done())
        move = replace(next_move, entries=(*move.entries, *next_move.entries))
        commands = (*commands, command)
    return taken if move is taken.move else _Taken(move, commands)


def _replies(held: Held, move: Move) -> dict[str, Any]:
    new = {
        entry.step: entry.reply
        for entry in move.entries
        if entry.action == "do" and entry.reply is not None
    }
    return {**held.replies, **new}


def _tell_failure(held: Held, error: Exception) -> None:
    reason, _ = words(error)
    at = held.progress
    log.warning(
        "saga_step_failed",
        saga=held.name,
        id=str(held.id),
        step=at.step,
        backward=at.backward,
        attempt=at.attempts,
        reason=reason,
        exc_info=None if isinstance(error, BacklineError) or is_passing(error) else error,
    )
