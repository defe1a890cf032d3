"""How the parts of the jukebox are, as measured."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.jukebox.clients import GrpcPlayer
from backline.jukebox.probes import build_probes
from backline.kit.health import Condition, Finding
from backline.kit.testing.eventually import eventually
from tests.jukebox.conducting import Stage, open_stage
from tests.jukebox.rooms import HAL, TestRoom
from tests.jukebox.test_conductor import hub_of


@pytest.fixture
async def stage(room: TestRoom) -> AsyncIterator[Stage]:
    async with open_stage(room) as stage:
        yield stage


async def measure(stage: Stage, name: str) -> Finding:
    player = GrpcPlayer(stage.player.channel, Path)
    room = stage.room
    return await build_probes(room.mediator, player, hub_of(room), room.jukebox.ready)[name]()


async def test_a_player_in_time_and_one_that_is_gone(stage: Stage) -> None:
    assert (await measure(stage, "player")).word == "ready"
    stage.conduct()
    await stage.room.add(HAL, "one")
    await stage.until_playing("one")
    playing = await measure(stage, "player")
    assert (playing.condition, playing.word) == (Condition.WELL, "in_time")
    assert playing.figures["underruns"] == 0

    await stage.player.inject(lose_output=True)
    assert (await measure(stage, "player")).alarms[0].code == "output_lost"
    await stage.player.kill()

    gone = await measure(stage, "player")
    assert (gone.condition, gone.word) == (Condition.BAD, "away")
    assert gone.alarms[0].code == "player_unreachable"


async def test_whether_somebody_conducts(stage: Stage) -> None:
    assert (await measure(stage, "queue")).alarms[0].code == "nobody_conducts"

    stage.conduct()

    async def in_charge() -> bool:
        return (await measure(stage, "queue")).word == "in_charge"

    await eventually(in_charge)


async def uploaded(stage: Stage, *, minutes_ago: int) -> None:
    engine = await stage.room.jukebox.container.get(AsyncEngine)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE tracks SET uploaded_at = clock_timestamp() - make_interval(mins => :ago)"),
            {"ago": minutes_ago},
        )


async def test_what_waits_for_the_worker(stage: Stage) -> None:
    await stage.room.track("slow", ready=False)
    await uploaded(stage, minutes_ago=0)  # by the database's clock, which is not the room's
    found = await measure(stage, "worker")
    assert (found.figures["waiting"], found.figures["failed"]) == (1, 0)
    assert "checks_behind" not in {alarm.code for alarm in found.alarms}

    await uploaded(stage, minutes_ago=10)
    late = await measure(stage, "worker")
    assert (late.condition, late.word) == (Condition.MIND, "behind")
    assert "checks_behind" in {alarm.code for alarm in late.alarms}


async def test_the_database_and_the_phones(stage: Stage) -> None:
    database, phones = await measure(stage, "database"), await measure(stage, "phones")

    assert database.figures["ms"] > 0  # type: ignore[operator]
    assert phones.figures == {"open": 0}
