"""How a score gets into the line-up, and how it is taken back if it did not get there in time."""

from datetime import timedelta
from typing import Any

from backline.kit.core.errors import FailedPrecondition
from backline.kit.core.messages import Command
from backline.kit.saga.declaration import (
    Attempt,
    Call,
    Compensatable,
    Done,
    Retriable,
    Saga,
    Send,
    Stands,
)
from backline.kit.saga.progress import DEADLINE_PASSED
from backline.scores.commands import ApplyScore, ConfirmScore, RejectScore
from backline.scores.domain import UNREACHABLE, NoSuchEvent
from backline.scores.ports import Lineup, Wish


class ScoreRefused(FailedPrecondition):
    """The line-up does not count this version of the score; `reason` is its own."""

    def __init__(self, reason: str) -> None:
        super().__init__("The line-up does not count this score.")
        self.reason = reason


def apply_score(lineup: Lineup, *, deadline: timedelta, timeout_s: float) -> Saga[ApplyScore]:
    """The saga of one version of a score; the next version waits until it has ended.

    Args:
        deadline: Of the line-up's answer.
        timeout_s: Of one call.
    """

    async def apply(score: ApplyScore, _: Attempt) -> None:
        verdict = await lineup.apply(_wish(score))
        if not verdict.applied:
            raise ScoreRefused(verdict.reason)

    async def revert(score: ApplyScore, _: Attempt) -> Done | Stands:
        try:
            verdict = await lineup.revert(_wish(score))
        except NoSuchEvent:
            return Done()
        return Stands() if verdict.applied else Done()

    def confirm(score: ApplyScore, _: Attempt) -> Command[Any]:
        return ConfirmScore(score_id=score.score_id, version=score.version, score=score.score)

    def reject(score: ApplyScore, attempt: Attempt) -> Command[Any]:
        reason = UNREACHABLE if attempt.reason == DEADLINE_PASSED else attempt.reason
        return RejectScore(score_id=score.score_id, version=score.version, reason=reason)

    return Saga(
        ApplyScore,
        Compensatable("keep", undo=Send(reject)),  # done by the use case that starts the saga
        Compensatable(
            "apply",
            do=Call(apply, timeout_s=timeout_s),
            undo=Call(revert, timeout_s=timeout_s),
        ),
        Retriable("confirm", do=Send(confirm)),
        deadline=deadline,
    )


def _wish(score: ApplyScore) -> Wish:
    return Wish(
        score_id=score.score_id,
        event_id=score.event_id,
        user_id=score.user_id,
        version=score.version,
        score=score.score,
    )
