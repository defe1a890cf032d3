"""What can be proved about the line-up, and what is said of its parts."""

import pytest

from backline.kit.checks import Checks, State
from backline.kit.core.actor import SYSTEM
from backline.kit.health import Condition
from backline.lineup.checks import checks
from backline.lineup.commands import RecountScores
from backline.lineup.probes import build_probes
from backline.lineup.settings import Settings
from backline.lineup.wiring import build
from tests.lineup.stage import Stage, apply_


@pytest.fixture
def proofs(stage: Stage) -> Checks:
    async def recount() -> None:
        await stage.mediator.send(RecountScores(), actor=SYSTEM)

    return Checks(checks(stage.lineup.settings.database_url, recount=recount), stage.clock)


async def test_a_tally_that_lies_is_found_and_set_to_its_recount(
    stage: Stage, proofs: Checks
) -> None:
    act, other = await stage.act(), await stage.act("Lena Ferry")
    await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 2, 5))
    await stage.change(apply_(other, 1, 3))
    await stage.execute(f"UPDATE events SET score_count = 2, score_sum = 9 WHERE id = {act}")

    (wrong,) = await proofs.run("lineup.tallies")
    mended = await proofs.repair("lineup.tallies")

    assert (wrong.state, wrong.counted, wrong.wrong) == (State.WRONG, 2, 1)
    assert wrong.evidence == ("The Tin Roofs: 2 scores of 9 shown, 1 of 5 counted",)
    assert (mended.state, mended.wrong) == (State.WELL, 0)
    assert await stage.recounted(act) == (1, 5, 1, 5)


async def test_somebody_who_counts_twice_is_found(stage: Stage, proofs: Checks) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 4))
    await stage.change(apply_(act, 1, 4, score_id=71))

    (wrong,) = await proofs.run("lineup.people")

    assert wrong.evidence == (f"person 7, act {act}: scores 70, 71",)


async def test_all_is_well_with_a_line_up_that_is(stage: Stage, proofs: Checks) -> None:
    act = await stage.act()
    await stage.change(apply_(act, 1, 4))
    for verdict in await proofs.run("lineup.tallies", "lineup.people", "lineup.migrations"):
        assert verdict.state is State.WELL, verdict


async def test_the_health_list_says_when_a_deadline_is_late(stage: Stage) -> None:
    await stage.act(minutes=1)
    await stage.act(opens_in=10)
    probe = build_probes(stage.mediator)["lineup"]

    well = await probe()
    stage.clock.set(stage.in_(2))
    late = await probe()

    assert (well.condition, dict(well.figures)) == (Condition.WELL, {"open": 1, "coming": 1})
    assert (late.condition, late.word) == (Condition.MIND, "behind")


async def test_the_service_names_its_checks_and_parts(lineup_database: str) -> None:
    service = await build(Settings(database_url=lineup_database))
    try:
        await service.ready()
        assert {"lineup.tallies", "lineup.people", "lineup.closed"} <= {
            check.name for check in service.checks
        }
        assert list(service.workers) == ["lineup-deadlines"]
        assert "lineup" in service.probes
    finally:
        await service.close()
