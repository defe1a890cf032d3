"""What can be asked of the line-up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backline.kit.auth.permissions import require_role
from backline.kit.core.actor import Actor, Role
from backline.kit.core.clock import Clock
from backline.kit.core.errors import BacklineError
from backline.kit.core.messages import Command
from backline.lineup.domain.acts import Act, Outcome, no_such_event
from backline.lineup.domain.events import DemoScored
from backline.lineup.domain.options import Options
from backline.lineup.domain.scores import (
    LARGEST_ID,
    LOWEST,
    Apply,
    Ballot,
    EventId,
    Revert,
    ScoreId,
)
from backline.lineup.domain.tallies import Kind, Phase, Tally
from backline.lineup.domain.words import LONGEST_DESCRIPTION, readable, readable_title
from backline.lineup.ports import ActRepository, BallotRepository, OptionsRepository

CLOSED_AT_A_TIME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEvent(Command[Tally]):
    """`opens_at` None means at once."""

    title: str
    description: str
    deadline: datetime
    opens_at: datetime | None = None


async def create_event(
    command: CreateEvent, acts: ActRepository, actor: Actor, clock: Clock
) -> Tally:
    """Raises `RoleRequired`, `InvalidTitle`, `InvalidDescription` or `InvalidDeadline`."""
    require_role(actor, Role.HOST)
    now = clock.now()
    act = Act.create(
        await acts.next_id(),
        title=command.title,
        description=command.description,
        deadline=command.deadline,
        opens_at=command.opens_at,
        now=now,
        by_id=actor.id,
        by_name=actor.name,
    )
    await acts.add(act)
    return act.tally(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateEvent(Command[Tally]):
    """What is None stays as it is."""

    event_id: EventId
    title: str | None = None
    description: str | None = None
    deadline: datetime | None = None
    opens_at: datetime | None = None


async def update_event(
    command: UpdateEvent, acts: ActRepository, actor: Actor, clock: Clock
) -> Tally:
    """Change an act that has not closed.

    Raises:
        RoleRequired, EventNotFound, EventIsClosed, EventIsOpen: It cannot be changed so.
        InvalidTitle, InvalidDescription, InvalidDeadline: Say what is allowed.
    """
    require_role(actor, Role.HOST)
    act = await acts.get(command.event_id)
    now = clock.now()
    act.change(
        title=command.title,
        description=command.description,
        opens_at=command.opens_at,
        deadline=command.deadline,
        now=now,
    )
    await acts.save([act])
    return act.tally(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseEvent(Command[Tally]):
    """Close an act before its deadline; one that has closed stays as it is."""

    event_id: EventId


async def close_event(
    command: CloseEvent, acts: ActRepository, actor: Actor, clock: Clock
) -> Tally:
    """Raises `RoleRequired`, `EventNotFound` or `EventNotOpen`."""
    require_role(actor, Role.HOST)
    act = await acts.get(command.event_id)
    now = clock.now()
    act.close(now)
    await acts.save([act])
    return act.tally(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEvent(Command[None]):
    """Take an act that nobody has scored off the line-up."""

    event_id: EventId


async def delete_event(
    command: DeleteEvent, acts: ActRepository, actor: Actor, clock: Clock
) -> None:
    """Raises `RoleRequired`, `EventNotFound` or `EventHasScores`."""
    require_role(actor, Role.HOST)
    act = await acts.get(command.event_id)
    act.cancel(clock.now())
    await acts.remove(act)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeScores(Command[list[Any]]):
    """Several versions of scores in one transaction: each gets an `Outcome` or its own refusal."""

    changes: tuple[Apply | Revert, ...]


async def change_scores(
    command: ChangeScores, acts: ActRepository, ballots: BallotRepository, clock: Clock
) -> list[Any]:
    """Decide the changes one after another, as if each came alone.

    Returns:
        Per change an `Outcome`, or `EventNotFound`, `ScoreOfAnother`, `ScoreVersionReused`.
    """
    known = await acts.get_all({change.event_id for change in command.changes})
    keys = {(each.event_id, each.score_id) for each in command.changes if each.event_id in known}
    papers = await ballots.get_all(keys)
    # Asked once the acts are locked: whoever waited past the deadline came too late.
    now = clock.now()
    outcomes = [_decide(change, known, papers, now) for change in command.changes]
    await ballots.save(papers.values())
    await acts.save(act for act in known.values() if act.events)
    return outcomes


def _decide(
    change: Apply | Revert,
    acts: Mapping[EventId, Act],
    ballots: Mapping[tuple[EventId, ScoreId], Ballot],
    now: datetime,
) -> Outcome | BacklineError:
    act = acts.get(change.event_id)
    if act is None:
        return no_such_event(change.event_id)
    ballot = ballots[change.event_id, change.score_id]
    try:
        if isinstance(change, Apply):
            return act.apply(ballot, change, now)
        return act.revert(ballot, change, now)
    except BacklineError as refusal:
        return refusal


@dataclass(frozen=True, slots=True)
class CloseDue(Command[int]):
    """Tell of the acts whose deadline has passed; how many there were."""


async def close_due(command: CloseDue, acts: ActRepository, clock: Clock) -> int:
    now = clock.now()
    due = await acts.due(now, most=CLOSED_AT_A_TIME)
    for act in due:
        act.finish(now)
    await acts.save(due)
    return len(due)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOptions(Command[Options]):
    """What is None stays as it is."""

    score_played_songs: bool | None = None
    song_window_s: int | None = None


async def change_options(
    command: ChangeOptions, options: OptionsRepository, actor: Actor
) -> Options:
    """Raises `RoleRequired` or `InvalidWindow`."""
    require_role(actor, Role.HOST)
    present = await options.get()
    wanted = command.score_played_songs
    chosen = Options(
        present.score_played_songs if wanted is None else wanted,
        present.song_window_s if command.song_window_s is None else command.song_window_s,
    )
    await options.save(chosen)
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForSong(Command[None]):
    """Let a song be scored that the room has just heard, if hosts want that."""

    item_id: str
    title: str
    artist: str
    ended_at: datetime
    skipped: bool


async def open_for_song(
    command: OpenForSong, acts: ActRepository, options: OptionsRepository, clock: Clock
) -> None:
    """Once per play. Not for a song that was skipped, or that ended longer ago than its window."""
    chosen, now = await options.get(), clock.now()
    window = timedelta(seconds=chosen.song_window_s)
    if not chosen.score_played_songs or command.skipped or command.ended_at + window <= now:
        return
    if await acts.has_song(command.item_id):
        return
    act = Act.create(
        await acts.next_id(),
        title=readable_title(command.title),
        description=readable(command.artist, LONGEST_DESCRIPTION),
        deadline=now + window,
        opens_at=None,
        now=now,
        kind=Kind.SONG,
        item_id=command.item_id,
    )
    await acts.add(act)


@dataclass(frozen=True, slots=True)
class RecountScores(Command[None]):
    """Set every act's count and sum to what its scores come to."""


async def recount_scores(command: RecountScores, acts: ActRepository) -> None:
    await acts.recount()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAct:
    """An act for trying; the minutes count from now."""

    title: str
    description: str
    opens_in_min: int
    lasts_min: int


DEMO_PAST = DemoAct(
    title="Marrow & Vine", description="Two voices, one cello", opens_in_min=-25, lasts_min=15
)
DEMO_HISTOGRAM = (0, 1, 1, 4, 6)
"""How many gave it 1, 2, 3, 4, 5."""
DEMO_ACTS = (
    DemoAct(title="The Tin Roofs", description="Kettle folk", opens_in_min=0, lasts_min=15),
    DemoAct(title="Lena Ferry", description="Songs for one piano", opens_in_min=20, lasts_min=15),
    DemoAct(title="Otto & the Drift", description="Slow surf trio", opens_in_min=45, lasts_min=15),
)


@dataclass(frozen=True, slots=True)
class SettleDemo(Command[None]):
    """Put the acts of the demo on the line-up, unless those of an earlier run are still on.

    One of them has been on, and was scored by people whom nobody knows.
    """


async def settle_demo(
    command: SettleDemo, acts: ActRepository, ballots: BallotRepository, clock: Clock
) -> None:
    now = clock.now()
    present = await acts.of_demo()
    if any(act.phase(now) is not Phase.CLOSED for act in present):
        return
    await _clear(present, acts, now)
    for each in (DEMO_PAST, *DEMO_ACTS):
        opens_at = now + timedelta(minutes=each.opens_in_min)
        act = Act.create(
            await acts.next_id(),
            title=each.title,
            description=each.description,
            deadline=opens_at + timedelta(minutes=each.lasts_min),
            opens_at=opens_at,
            now=min(now, opens_at),
            demo=True,
        )
        await acts.add(act)
        if each is DEMO_PAST:
            await ballots.save(_scored(act, DEMO_HISTOGRAM))
            act.finish(now)
            await acts.save([act])


def _scored(act: Act, histogram: tuple[int, ...]) -> list[Ballot]:
    """Have it scored when it opened, by people with numbers that no account gets."""
    scores = [score for score, count in enumerate(histogram, LOWEST) for _ in range(count)]
    ballots = []
    for number, score in enumerate(scores):
        ballot = Ballot(act.id, ScoreId(LARGEST_ID - number))
        change = Apply(
            event_id=act.id,
            score_id=ballot.score_id,
            user_id=LARGEST_ID - number,
            version=1,
            score=score,
        )
        act.apply(ballot, change, act.opens_at)
        ballots.append(ballot)
    act.revision += 1
    act.events.append(DemoScored(event_id=act.id, revision=act.revision, histogram=histogram))
    return ballots


@dataclass(frozen=True, slots=True)
class RemoveDemo(Command[None]):
    """Take the acts of the demo away, with what was counted for them."""


async def remove_demo(command: RemoveDemo, acts: ActRepository, clock: Clock) -> None:
    await _clear(await acts.of_demo(), acts, clock.now())


async def _clear(demo: Iterable[Act], acts: ActRepository, now: datetime) -> None:
    for act in demo:
        act.cancel(now)
        await acts.remove(act)


COMMANDS = (
    create_event,
    update_event,
    close_event,
    delete_event,
    change_scores,
    close_due,
    change_options,
    open_for_song,
    recount_scores,
    settle_demo,
    remove_demo,
)
