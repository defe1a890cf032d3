"""What becomes of a score: every path of its saga, over a real database."""

import asyncio
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.kit.testing.eventually import eventually
from backline.scores.commands import ChangeScore, GiveScore, GiveUpWaiting
from tests.scores.stage import ANN, BOB, GUS, Stage

SAGAS = "scores-sagas"


async def ended(stage: Stage) -> bool:
    """Whether no saga is under way."""
    engine = await stage.scores.container.get(AsyncEngine)
    async with engine.connect() as connection:
        left = await connection.scalar(text("SELECT count(*) FROM saga WHERE ended_at IS NULL"))
    return bool(left == 0)


async def expire(stage: Stage) -> None:
    """Let the deadline of all sagas be now."""
    engine = await stage.scores.container.get(AsyncEngine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE saga SET deadline = clock_timestamp()"))


async def counted(stage: Stage, event_id: int) -> tuple[int, float | None]:
    event = await stage.lineup.get_event(event_id)
    return event.score_count, event.score_mean


async def test_a_score_is_confirmed(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = await stage.send(GiveScore(event_id=event_id, score=5), ANN)
    async with stage.working(SAGAS):
        found = await stage.settled(given.id)
    assert (found.status, found.confirmed_score, found.reason) == ("confirmed", 5, None)
    assert await counted(stage, event_id) == (1, 5.0)
    assert await stage.told() == ["ScoreSubmitted", "ScoreConfirmed"]
    assert stage.wire.asked == [("apply", 1)]


async def test_what_the_line_up_refuses_is_rejected_with_its_reason(stage: Stage) -> None:
    """Nothing was known here: the line-up was away when the scores came in."""
    closed = await stage.lineup.add()
    await stage.lineup.close(closed)
    coming = await stage.lineup.add(opens_in_s=60)
    reasons = {closed: "DEADLINE_PASSED", coming: "NOT_OPEN_YET", 404: "NO_SUCH_EVENT"}
    given = {
        event_id: await stage.send(GiveScore(event_id=event_id, score=5), ANN)
        for event_id in reasons
    }
    async with stage.working(SAGAS):
        for event_id, reason in reasons.items():
            found = await stage.settled(given[event_id].id)
            assert (found.status, found.reason) == ("rejected", reason)
            assert found.confirmed_score is None
        await eventually(lambda: ended(stage))
    assert ("revert", 1) not in stage.wire.asked
    assert (await stage.told()).count("ScoreRejected") == 3


async def test_changes_count_in_their_order_and_the_last_one_stays(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = await stage.send(GiveScore(event_id=event_id, score=5), ANN)
    for score in (1, 4, 2):
        await stage.send(ChangeScore(event_id=event_id, score=score), ANN)
    async with stage.working(SAGAS):
        found = await stage.settled(given.id)
        await eventually(lambda: ended(stage))
    assert (found.status, found.version, found.confirmed_score) == ("confirmed", 4, 2)
    assert await counted(stage, event_id) == (1, 2.0)
    assert stage.wire.asked == [("apply", version) for version in (1, 2, 3, 4)]


async def test_a_change_during_the_call_is_what_counts_in_the_end(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = await stage.send(GiveScore(event_id=event_id, score=5), ANN)
    async with stage.working(SAGAS):
        async with stage.wire.held():
            await eventually(lambda: stage.wire.asked)
            await stage.send(ChangeScore(event_id=event_id, score=1), ANN)
            # Somebody who came later is on the way, and the change is not.
            await stage.send(GiveScore(event_id=event_id, score=1), BOB)
            await eventually(lambda: len(stage.wire.asked) == 2)
            assert stage.wire.asked == [("apply", 1), ("apply", 1)]
        found = await stage.settled(given.id)
        await eventually(lambda: ended(stage))
    assert (found.version, found.status, found.confirmed_score) == (2, "confirmed", 1)
    assert await counted(stage, event_id) == (2, 1.0)


async def test_a_step_that_is_repeated_counts_once(stage: Stage) -> None:
    """The line-up applied it, and its answer was lost: it is asked again."""
    event_id = await stage.lineup.add()
    stage.wire.answers_lost = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: len(stage.wire.asked) > 1)
        assert (await stage.score(given.id)).status == "pending"
        stage.wire.answers_lost = False
        found = await stage.settled(given.id)
    assert (found.status, found.confirmed_score) == ("confirmed", 4)
    assert await counted(stage, event_id) == (1, 4.0)


async def test_a_change_that_is_refused_leaves_what_was_confirmed(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await stage.settled(given.id)
        await stage.lineup.close(event_id)
        await stage.send(ChangeScore(event_id=event_id, score=1), ANN)
        found = await stage.settled(given.id)
    assert (found.status, found.reason, found.score) == ("rejected", "DEADLINE_PASSED", 1)
    assert found.confirmed_score == 4
    assert await counted(stage, event_id) == (1, 4.0)


async def test_a_line_up_that_is_away_leaves_it_pending_and_then_rejected(stage: Stage) -> None:
    """At the deadline its owner is told; what may have been applied is taken back later."""
    event_id = await stage.lineup.add()
    stage.wire.away = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: ("apply", 1) in stage.wire.asked)
        assert (await stage.score(given.id)).status == "pending"
        await expire(stage)
        await eventually(lambda: ("revert", 1) in stage.wire.asked)
        stage.clock.advance(timedelta(seconds=1))
        assert await stage.send(GiveUpWaiting(after=timedelta(seconds=1))) == 0
        stage.clock.advance(timedelta(microseconds=1))
        assert await stage.send(GiveUpWaiting(after=timedelta(seconds=1))) == 1
        found = await stage.score(given.id)
        assert (found.status, found.reason) == ("rejected", "LINEUP_UNREACHABLE")
        stage.wire.away = False
        await eventually(lambda: ended(stage))
    assert await stage.score(given.id) == found
    assert await counted(stage, event_id) == (0, None)
    assert (await stage.told()).count("ScoreRejected") == 1


async def test_scores_that_come_faster_than_they_are_carried_on_are_all_confirmed(
    stage: Stage,
) -> None:
    """Older than the deadline before anybody had time for them, and the line-up answers."""
    event_id = await stage.lineup.add()
    for score, actor in ((5, ANN), (2, BOB), (4, GUS)):
        await stage.send(GiveScore(event_id=event_id, score=score), actor)
    given = await stage.send(ChangeScore(event_id=event_id, score=3), ANN)
    await expire(stage)
    stage.clock.advance(timedelta(seconds=1))
    assert await stage.send(GiveUpWaiting(after=timedelta())) == 0
    async with stage.working(SAGAS):
        found = await stage.settled(given.id)
        await eventually(lambda: ended(stage))
    assert (found.status, found.version, found.confirmed_score) == ("confirmed", 2, 3)
    assert await counted(stage, event_id) == (3, 3.0)
    assert "ScoreRejected" not in await stage.told()


async def test_who_waits_for_what_is_taken_back_is_told_and_counts_after_all(
    stage: Stage,
) -> None:
    event_id = await stage.lineup.add()
    stage.wire.away = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: ("apply", 1) in stage.wire.asked)
        await expire(stage)
        await eventually(lambda: ("revert", 1) in stage.wire.asked)
        await stage.send(ChangeScore(event_id=event_id, score=2), ANN)
        stage.clock.advance(timedelta(seconds=1))
        await stage.send(GiveUpWaiting(after=timedelta()))
        found = await stage.score(given.id)
        assert (found.version, found.reason) == (2, "LINEUP_UNREACHABLE")
        stage.wire.away = False
        await eventually(lambda: ended(stage))
    found = await stage.score(given.id)
    assert (found.status, found.confirmed_score) == ("confirmed", 2)
    assert await counted(stage, event_id) == (1, 2.0)


async def test_what_was_applied_without_an_answer_is_taken_back(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    stage.wire.answers_lost = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: ("apply", 1) in stage.wire.asked)
        assert await counted(stage, event_id) == (1, 4.0)
        await expire(stage)
        found = await stage.settled(given.id)
    assert (found.status, found.reason) == ("rejected", "LINEUP_UNREACHABLE")
    assert await counted(stage, event_id) == (0, None)


async def test_the_verdict_of_the_line_up_wins_however_late_it_comes(stage: Stage) -> None:
    """Applied, never heard of, given up; then the event closes, and what stands stands."""
    event_id = await stage.lineup.add()
    stage.wire.answers_lost = stage.wire.reverts_away = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: ("apply", 1) in stage.wire.asked)
        await expire(stage)
        await eventually(lambda: ("revert", 1) in stage.wire.asked)
        stage.clock.advance(timedelta(seconds=1))
        await stage.send(GiveUpWaiting(after=timedelta()))
        assert (await stage.score(given.id)).status == "rejected"
        await stage.lineup.close(event_id)
        stage.wire.reverts_away = False
        await eventually(lambda: ended(stage))
    found = await stage.score(given.id)
    assert (found.status, found.reason, found.confirmed_score) == ("confirmed", None, 4)
    assert await counted(stage, event_id) == (1, 4.0)
    assert (await stage.told())[-2:] == ["ScoreRejected", "ScoreConfirmed"]


async def test_a_change_waits_until_what_it_changes_is_settled(stage: Stage) -> None:
    """Given up and changed meanwhile: the change is not lost, and counts in the end."""
    event_id = await stage.lineup.add()
    stage.wire.answers_lost = stage.wire.reverts_away = True
    given = await stage.send(GiveScore(event_id=event_id, score=4), ANN)
    async with stage.working(SAGAS):
        await eventually(lambda: ("apply", 1) in stage.wire.asked)
        await expire(stage)
        await eventually(lambda: ("revert", 1) in stage.wire.asked)
        await stage.send(ChangeScore(event_id=event_id, score=1), ANN)
        stage.wire.answers_lost = False
        later = await stage.send(GiveScore(event_id=event_id, score=1), BOB)
        assert (await stage.settled(later.id, BOB)).status == "confirmed"
        assert ("apply", 2) not in stage.wire.asked
        stage.wire.reverts_away = False
        found = await stage.settled(given.id)
    assert (found.status, found.version, found.confirmed_score) == ("confirmed", 2, 1)
    assert await counted(stage, event_id) == (2, 1.0)


async def test_scores_of_many_are_confirmed_side_by_side(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    given = [
        (await stage.send(GiveScore(event_id=event_id, score=score), actor), actor)
        for actor, score in ((ANN, 5), (BOB, 2), (GUS, 4))
    ]
    async with stage.working(SAGAS), stage.wire.held():
        # All of them are on their way at once: none waits for another one's answer.
        await eventually(lambda: len(stage.wire.asked) == 3)
    async with stage.working(SAGAS):
        for score, actor in given:
            assert (await stage.settled(score.id, actor)).status == "confirmed"
    count, mean = await counted(stage, event_id)
    assert (count, round(mean or 0, 2)) == (3, 3.67)


async def test_two_runners_carry_a_score_into_the_line_up_once(stage: Stage) -> None:
    event_id = await stage.lineup.add()
    actors = [ANN, BOB, GUS]
    given = await asyncio.gather(
        *[stage.send(GiveScore(event_id=event_id, score=3), actor) for actor in actors]
    )
    async with stage.working(SAGAS), stage.working(SAGAS):
        for score, actor in zip(given, actors, strict=True):
            assert (await stage.settled(score.id, actor)).status == "confirmed"
    assert await counted(stage, event_id) == (3, 3.0)
    assert sorted(stage.wire.asked) == [("apply", 1)] * 3
