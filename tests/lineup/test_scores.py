"""Scores over the database: counted in one transaction, in whatever order they come."""

import asyncio
from datetime import timedelta

import pytest

from backline.kit.core.clock import SystemClock
from backline.lineup.commands import ChangeScores, CloseDue, CloseEvent, DeleteEvent
from backline.lineup.domain.acts import EventHasScores, EventNotFound, Outcome
from backline.lineup.domain.scores import Refusal, ScoreOfAnother, Standing
from backline.lineup.domain.tallies import Phase
from backline.lineup.queries import GetEvent
from backline.lineup.settings import Settings
from backline.lineup.wiring import Lineup, gather_changes
from tests.lineup.stage import HAL, Stage, apply_, revert


async def test_what_was_seen_is_remembered(stage: Stage) -> None:
    act = await stage.act()

    await stage.change(apply_(act, 1, 4))
    again = await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 2, 1))
    back = await stage.change(revert(act, 2))
    await stage.change(revert(act, 3))
    late = await stage.change(apply_(act, 3, 5))

    assert again.applied
    assert back.standing == Standing(1, 4)
    assert (late.applied, late.refusal) == (False, Refusal.REVERTED)
    assert await stage.recounted(act) == (1, 4, 1, 4)


async def test_every_change_is_told_with_the_act_as_it_is_then(stage: Stage) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 1, 2, score_id=71, user_id=8))
    await stage.change(revert(act, 1))
    await stage.change(revert(act, 9, score_id=72))

    told = await stage.told()

    assert [type(event).__name__ for event in told] == [
        "EventCreated",
        "ScoreApplied",
        "ScoreApplied",
        "ScoreReverted",
    ]
    assert [event.revision for event in told] == [1, 2, 3, 4]
    assert [(event.score_count, event.score_sum) for event in told[1:]] == [(1, 4), (2, 6), (1, 2)]
    assert [event.status for event in told[1:]] == ["HIGH_SCORE", "HIGH_SCORE", "LOW_SCORE"]


async def test_many_of_one_transaction_get_an_answer_each(stage: Stage) -> None:
    act, other = await stage.act(), await stage.act("Lena Ferry", opens_in=10)
    changes = (
        apply_(act, 1, 5),
        apply_(404, 1, 5),
        apply_(act, 1, 3, user_id=8),
        apply_(other, 1, 3, score_id=72),
        apply_(act, 2, 2),
    )

    outcomes = await stage.send(ChangeScores(changes=changes))

    first, unknown, stranger, early, second = outcomes
    assert isinstance(first, Outcome)
    assert first.act.score_sum == 5
    assert isinstance(unknown, EventNotFound)
    assert isinstance(stranger, ScoreOfAnother)
    assert early.refusal is Refusal.NOT_OPEN
    assert (second.act.score_count, second.act.score_sum) == (1, 2)
    assert await stage.recounted(act) == (1, 2, 1, 2)


async def test_a_deleted_act_is_told_and_knows_no_score(stage: Stage) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 4))
    with pytest.raises(EventHasScores):
        await stage.send(DeleteEvent(event_id=act), HAL)
    await stage.change(revert(act, 1))

    await stage.send(DeleteEvent(event_id=act), HAL)

    with pytest.raises(EventNotFound):
        await stage.change(apply_(act, 2, 4))
    with pytest.raises(EventNotFound):
        await stage.change(revert(act, 1))
    assert type((await stage.told())[-1]).__name__ == "EventCancelled"


async def test_two_applies_at_once_both_count(stage: Stage) -> None:
    act = await stage.act()

    await asyncio.gather(
        *[stage.change(apply_(act, 1, 3, score_id=n, user_id=n)) for n in range(1, 21)]
    )

    assert await stage.recounted(act) == (20, 60, 20, 60)
    assert [event.revision for event in await stage.told()] == list(range(1, 22))


async def test_the_same_version_at_once_counts_once(stage: Stage) -> None:
    act = await stage.act()

    outcomes = await asyncio.gather(*[stage.change(apply_(act, 1, 3)) for _ in range(8)])

    assert all(outcome.applied for outcome in outcomes)
    assert await stage.recounted(act) == (1, 3, 1, 3)
    assert len(await stage.told()) == 2


async def test_an_apply_beside_its_revert_ends_reverted(stage: Stage) -> None:
    act = await stage.act()

    for score_id in range(1, 9):
        await asyncio.gather(
            stage.change(apply_(act, 1, 3, score_id=score_id, user_id=score_id)),
            stage.change(revert(act, 1, score_id=score_id)),
        )

    assert await stage.recounted(act) == (0, 0, 0, 0)


async def test_changes_of_several_acts_in_any_order_do_not_wait_for_one_another(
    stage: Stage,
) -> None:
    acts = [await stage.act(str(number)) for number in range(4)]

    async def score_all(user_id: int) -> None:
        order = acts if user_id % 2 else acts[::-1]
        changes = tuple(apply_(act, 1, 3, score_id=user_id, user_id=user_id) for act in order)
        outcomes = await stage.send(ChangeScores(changes=changes))
        assert all(outcome.applied for outcome in outcomes)

    await asyncio.gather(*[score_all(user_id) for user_id in range(1, 9)])

    assert [await stage.recounted(act) for act in acts] == [(8, 24, 8, 24)] * 4


async def test_an_apply_beside_the_close_counts_before_it_or_not_at_all(
    stage: Stage, lineup_database: str
) -> None:
    """With a clock that runs: whichever gets the act first, what was answered is what stands."""
    running = Lineup(Settings(database_url=lineup_database), SystemClock())
    live = Stage(running, stage.clock)
    stage.clock.set(SystemClock().now())
    try:
        for _ in range(5):
            act = await stage.act()
            numbers = range(1, 9)
            applies = [live.change(apply_(act, 1, 4, score_id=n, user_id=n)) for n in numbers]
            close = running.mediator.send(CloseEvent(event_id=act), actor=HAL)

            *outcomes, closed = await asyncio.gather(*applies[:4], close, *applies[4:])

            answered = [each for each in (*outcomes, closed) if isinstance(each, Outcome)]
            applied = sum(each.applied for each in answered)
            assert await live.recounted(act) == (applied, 4 * applied, applied, 4 * applied)
            (told,) = [
                event
                for event in await live.told()
                if type(event).__name__ == "EventClosed" and event.event_id == act
            ]
            assert told.score_count == applied
    finally:
        await running.close()


async def test_whoever_waited_for_the_act_past_the_deadline_came_too_late(stage: Stage) -> None:
    """The clock is read once the act is held, so no score slips in behind its closing."""
    act = await stage.act(minutes=5)
    stage.clock.advance(timedelta(minutes=5))
    assert await stage.send(CloseDue()) == 1
    stage.clock.set(stage.in_(-1))

    outcome = await stage.change(apply_(act, 1, 4))

    assert outcome.refusal is Refusal.DEADLINE_PASSED
    assert (await stage.send(GetEvent(event_id=act))).phase is Phase.CLOSED


async def test_scores_of_the_same_moment_are_counted_together(stage: Stage) -> None:
    act = await stage.act()
    desk = gather_changes(stage.mediator)
    changes = [apply_(act, 1, 3, score_id=n, user_id=n) for n in range(1, 41)]

    outcomes = await asyncio.gather(
        *[desk.submit(change) for change in changes], desk.submit(apply_(404, 1, 3))
    )

    assert [outcome.act.revision for outcome in outcomes[:-1]] == list(range(2, 42))
    assert isinstance(outcomes[-1], EventNotFound)
    assert await stage.recounted(act) == (40, 120, 40, 120)
