"""Scores and windows in PostgreSQL: races, old news, and what is kept for how long."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.kit.core.actor import Actor
from backline.scores.commands import (
    ChangeScore,
    ConfirmScore,
    FoldOldScores,
    Given,
    GiveScore,
    NoteWindows,
    RejectScore,
)
from backline.scores.domain import DeadlinePassed, Window
from backline.scores.queries.tallies import GetTallies, Tally
from tests.scores.stage import ANN, BOB, GUS, Stage

YEAR = timedelta(days=365)


async def confirmed(stage: Stage, score: int, actor: Actor, event_id: int = 3) -> Given:
    given = await stage.send(GiveScore(event_id=event_id, score=score), actor)
    await stage.send(ConfirmScore(score_id=given.id, version=1, score=score))
    return given


async def tally(stage: Stage, event_id: int = 3) -> Tally | None:
    return (await stage.send(GetTallies(event_ids=(event_id,)))).get(event_id)


async def test_changes_at_the_same_moment_are_versions_one_after_another(stage: Stage) -> None:
    given = await stage.send(GiveScore(event_id=3, score=1), ANN)
    changed = await asyncio.gather(
        *[stage.send(ChangeScore(event_id=3, score=2 + n % 2), ANN) for n in range(8)]
    )
    last = await stage.score(given.id)
    assert last.version == max(each.version for each in changed)
    assert (await stage.told()).count("ScoreSubmitted") == last.version


async def test_a_change_beside_a_confirmation_loses_neither(stage: Stage) -> None:
    given = await stage.send(GiveScore(event_id=3, score=1), ANN)
    await asyncio.gather(
        stage.send(ChangeScore(event_id=3, score=5), ANN),
        *[stage.send(ConfirmScore(score_id=given.id, version=1, score=1)) for _ in range(4)],
    )
    found = await stage.score(given.id)
    assert (found.version, found.score, found.status) == (2, 5, "pending")
    assert found.confirmed_score == 1


async def test_only_what_is_confirmed_is_counted(stage: Stage) -> None:
    await confirmed(stage, 5, ANN)
    changed = await confirmed(stage, 2, BOB)
    await stage.send(ChangeScore(event_id=3, score=1), BOB)
    await stage.send(RejectScore(score_id=changed.id, version=2, reason="DEADLINE_PASSED"))
    await stage.send(GiveScore(event_id=3, score=3), GUS)
    assert await tally(stage) == Tally((0, 1, 0, 0, 1))
    assert await tally(stage, event_id=4) is None


async def test_old_news_of_a_window_change_nothing(stage: Stage) -> None:
    now = stage.clock.now()
    new = Window(event_id=3, title="Lamplight", opens_at=now, deadline=now + YEAR, revision=5)
    closed = Window(event_id=3, deadline=now, revision=4)
    await stage.send(NoteWindows(windows=(new,)))
    await stage.send(NoteWindows(windows=(closed,)))
    await stage.send(GiveScore(event_id=3, score=1), ANN)

    await stage.send(NoteWindows(windows=(Window(event_id=3, deadline=now, revision=6),)))
    with pytest.raises(DeadlinePassed) as refused:
        await stage.send(ChangeScore(event_id=3, score=2), ANN)
    assert refused.value.metadata["title"] == "Lamplight"


async def test_old_scores_are_folded_into_their_tally(stage: Stage) -> None:
    """Who gave what is forgotten; what it came to is not."""
    await confirmed(stage, 5, ANN)
    await confirmed(stage, 2, BOB)
    rejected = await stage.send(GiveScore(event_id=4, score=3), ANN)
    await stage.send(RejectScore(score_id=rejected.id, version=1, reason="DEADLINE_PASSED"))
    pending = await stage.send(GiveScore(event_id=5, score=3), ANN)
    stage.clock.advance(YEAR)
    assert await stage.send(FoldOldScores(keep=YEAR)) == 0
    fresh = await confirmed(stage, 4, GUS)
    stage.clock.advance(timedelta(seconds=1))

    assert await stage.send(FoldOldScores(keep=YEAR)) == 3
    assert await stage.send(FoldOldScores(keep=YEAR)) == 0
    assert await tally(stage) == Tally((0, 1, 0, 1, 1))
    engine = await stage.scores.container.get(AsyncEngine)
    async with engine.connect() as connection:
        left = (await connection.execute(text("SELECT id FROM score ORDER BY id"))).scalars()
        assert list(left) == [pending.id, fresh.id]
