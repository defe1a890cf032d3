"""What can be asked of the scores: giving one, changing it, and keeping house."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command
from backline.kit.saga.port import SagaData, Sagas
from backline.scores.domain import UNREACHABLE, Confirmed, Score, ScoreStatus, Window
from backline.scores.ports import ScoreRepository, WindowRepository

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A score as it stood when its owner was answered."""

    id: int
    event_id: int
    version: int
    score: int
    status: ScoreStatus
    confirmed_score: int | None

    @classmethod
    def of(cls, score: Score) -> "Given":
        return cls(
            id=score.id,
            event_id=score.event_id,
            version=score.version,
            score=score.score,
            status=score.status,
            confirmed_score=score.confirmed_score,
        )


@dataclass(frozen=True, slots=True)
class ApplyScore(SagaData):
    """One version of a score is to get into the line-up."""

    score_id: int
    event_id: int
    user_id: int
    version: int
    score: int

    @property
    @override
    def resource(self) -> str:
        return f"score:{self.score_id}"

    @classmethod
    def of(cls, score: Score) -> "ApplyScore":
        return cls(
            score_id=score.id,
            event_id=score.event_id,
            user_id=score.user_id,
            version=score.version,
            score=score.score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveScore(Command[Given]):
    """`score` is 1 to 5."""

    event_id: int
    score: int


async def give_score(
    command: GiveScore,
    *,
    actor: Actor,
    scores: ScoreRepository,
    windows: WindowRepository,
    sagas: Sagas,
    clock: Clock,
) -> Given:
    """Keep it; a saga brings it into the line-up, which has the last word on the deadline.

    Raises:
        RoleRequired, NotOpenYet, DeadlinePassed, AlreadyScored: As they say.
    """
    require_role(actor, Role.GUEST)
    await _check_open(command.event_id, windows, clock)
    score = Score(
        event_id=command.event_id,
        user_id=actor.id,
        score=command.score,
        changed_at=clock.now(),
    )
    await scores.add(score)
    score.submitted()
    sagas.start(ApplyScore.of(score))
    return Given.of(score)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeScore(Command[Given]):
    """`score` is 1 to 5."""

    event_id: int
    score: int


async def change_score(
    command: ChangeScore,
    *,
    actor: Actor,
    scores: ScoreRepository,
    windows: WindowRepository,
    sagas: Sagas,
    clock: Clock,
) -> Given:
    """Also while the last wish is still on its way; the same score again changes nothing.

    Raises:
        RoleRequired, NotOpenYet, DeadlinePassed, NotScored: As they say.
    """
    require_role(actor, Role.GUEST)
    await _check_open(command.event_id, windows, clock)
    score = await scores.of(command.event_id, actor.id)
    if score.change(command.score, at=clock.now()):
        await scores.save(score)
        sagas.start(ApplyScore.of(score))
    return Given.of(score)


async def _check_open(event_id: int, windows: WindowRepository, clock: Clock) -> None:
    window = await windows.of(event_id)
    if window is not None:
        window.check_open(clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmScore(Command[None]):
    """The line-up counts this version."""

    score_id: int
    version: int
    score: int


async def confirm_scores(
    commands: Sequence[ConfirmScore], actor: Actor, scores: ScoreRepository, clock: Clock
) -> None:
    """Repeating it, and saying so of a version that was replaced, does no harm."""
    require_role(actor, Role.ADMIN)
    now = clock.now()
    known = await scores.get_all({command.score_id for command in commands})
    for command in commands:
        known[command.score_id].confirm(Confirmed(command.version, command.score), at=now)
    await scores.save_all(known.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectScore(Command[None]):
    """The line-up does not count this version; `reason` is for programs."""

    score_id: int
    version: int
    reason: str


async def reject_scores(
    commands: Sequence[RejectScore], actor: Actor, scores: ScoreRepository, clock: Clock
) -> None:
    """As above."""
    require_role(actor, Role.ADMIN)
    now = clock.now()
    known = await scores.get_all({command.score_id for command in commands})
    for command in commands:
        known[command.score_id].reject(command.version, command.reason, at=now)
    await scores.save_all(known.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpWaiting(Command[int]):
    """Tell those that the line-up has not answered, of what they gave so long ago; how many."""

    after: timedelta


async def give_up_waiting(
    command: GiveUpWaiting, actor: Actor, scores: ScoreRepository, clock: Clock
) -> int:
    """Reject them; should the line-up say later that one counts, its word stands."""
    require_role(actor, Role.ADMIN)
    now = clock.now()
    overdue = await scores.given_up(before=now - command.after, limit=AT_ONCE)
    for score in overdue:
        score.reject(score.version, UNREACHABLE, at=now)
    await scores.save_all(overdue)
    return len(overdue)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWindows(Command[None]):
    """What the line-up says of when its events take scores."""

    windows: tuple[Window, ...]


async def note_windows(command: NoteWindows, actor: Actor, windows: WindowRepository) -> None:
    require_role(actor, Role.ADMIN)
    await windows.note(command.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEvent(Command[None]):
    """The line-up has taken the event off, with all that counted."""

    event_id: int


async def drop_event(
    command: DropEvent, actor: Actor, scores: ScoreRepository, clock: Clock
) -> None:
    """Nothing of it counts any more. Repeating it does no harm."""
    require_role(actor, Role.ADMIN)
    now = clock.now()
    gone = await scores.of_event(command.event_id)
    for score in gone:
        score.withdraw(at=now)
    await scores.save_all(gone)
    await scores.set_tally(command.event_id, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class CountDemo(Command[None]):
    """How many of the demo's invented people gave 1, 2, 3, 4, 5."""

    event_id: int
    histogram: tuple[int, ...]


async def count_demo(command: CountDemo, actor: Actor, scores: ScoreRepository) -> None:
    require_role(actor, Role.ADMIN)
    await scores.set_tally(command.event_id, command.histogram)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldOldScores(Command[int]):
    """Keep nothing but the tally of scores that were given so long ago; how many went."""

    keep: timedelta


async def fold_old_scores(
    command: FoldOldScores, actor: Actor, scores: ScoreRepository, clock: Clock
) -> int:
    require_role(actor, Role.ADMIN)
    return await scores.fold(before=clock.now() - command.keep, limit=AT_ONCE)


COMMANDS = (
    give_score,
    change_score,
    confirm_scores,
    reject_scores,
    give_up_waiting,
    note_windows,
    drop_event,
    count_demo,
    fold_old_scores,
)
