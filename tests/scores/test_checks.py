"""Each check of the scores sees what it is for: the data is broken once, on purpose."""

import pytest

from backline.kit.checks import Checks, State
from backline.kit.health import Condition
from backline.scores.checks import checks
from backline.scores.commands import GiveScore
from backline.scores.probes import build_probes
from tests.kit.test_checks import said
from tests.scores.stage import ANN, BOB, Stage


@pytest.fixture
def every(stage: Stage) -> Checks:
    return Checks(checks(stage.scores.settings.database_url, stage.wire), stage.clock)


@pytest.fixture
async def scored(stage: Stage) -> Stage:
    """Two confirmed scores of one event, and nothing on its way."""
    event_id = await stage.lineup.add()
    async with stage.working("scores-sagas"):
        for actor, score in ((ANN, 5), (BOB, 2)):
            given = await stage.send(GiveScore(event_id=event_id, score=score), actor)
            await stage.settled(given.id, actor)
    await said(stage.scores.settings.database_url, "DELETE FROM outbox")
    return stage


async def test_all_is_well_where_all_is_as_it_should_be(every: Checks, scored: Stage) -> None:
    for verdict in await every.run():
        assert verdict.state is State.WELL, verdict
    (counts,) = await every.run("scores.lineup")
    assert counts.counted == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM score WHERE user_id = 7",
        "UPDATE score SET score = 1, confirmed_score = 1 WHERE user_id = 7",
    ],
)
async def test_what_the_line_up_counts_otherwise_is_seen(
    every: Checks, scored: Stage, damage: str
) -> None:
    await said(scored.scores.settings.database_url, damage)
    (verdict,) = await every.run("scores.lineup")
    assert (verdict.state, verdict.wrong) == (State.WRONG, 1)
    assert "2 in the line-up (sum 7)" in verdict.evidence[0]


async def test_what_counts_of_an_event_that_is_gone_is_seen(every: Checks, scored: Stage) -> None:
    await said(scored.scores.settings.database_url, "UPDATE score SET event_id = 404")
    (verdict,) = await every.run("scores.lineup")
    assert (verdict.state, verdict.wrong) == (State.WRONG, 1)
    assert "0 in the line-up" in verdict.evidence[0]


async def test_without_the_line_up_nothing_is_claimed(every: Checks, scored: Stage) -> None:
    scored.wire.away = True
    (verdict,) = await every.run("scores.lineup")
    assert verdict.state is State.UNKNOWN


async def test_what_is_on_its_way_proves_nothing(every: Checks, scored: Stage) -> None:
    await said(
        scored.scores.settings.database_url,
        "UPDATE score SET status = 'pending', version = 2 WHERE user_id = 7",
    )
    (verdict,) = await every.run("scores.lineup")
    assert (verdict.state, verdict.counted) == (State.WELL, 0)


async def test_a_score_that_hangs_is_seen(every: Checks, scored: Stage) -> None:
    await said(
        scored.scores.settings.database_url,
        "UPDATE score SET status = 'pending', version = 2, changed_at = now() - interval '1 hour'"
        " WHERE user_id = 7",
    )
    (verdict,) = await every.run("scores.pending")
    assert (verdict.state, verdict.wrong) == (State.WRONG, 1)


async def test_scores_that_wait_raise_an_alarm(stage: Stage) -> None:
    probe = build_probes(stage.mediator)["scores"]
    assert (await probe()).condition is Condition.WELL
    await stage.send(GiveScore(event_id=3, score=5), ANN)
    await said(
        stage.scores.settings.database_url,
        f"UPDATE score SET changed_at = '{stage.clock.now().isoformat()}'::timestamptz"
        " - interval '10 s'",
    )
    finding = await probe()
    assert finding.condition is Condition.MIND
    assert "scores_behind" in [alarm.code for alarm in finding.alarms]
    assert finding.figures["oldest_s"] == pytest.approx(10)
