"""A deadline that has passed is told, once, whoever is there to tell it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from backline.kit.db.engine import asyncpg_url
from backline.kit.testing.eventually import eventually
from backline.lineup.commands import CloseDue
from backline.lineup.deadlines import Deadlines
from backline.lineup.queries import NextDeadline
from tests.lineup.stage import Stage, apply_


@asynccontextmanager
async def watching(stage: Stage, *, by: int = 1) -> AsyncIterator[None]:
    stop = asyncio.Event()
    deadlines = Deadlines(stage.mediator, stage.clock)
    watches = [asyncio.create_task(deadlines(stop)) for _ in range(by)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*watches)


async def closed(stage: Stage) -> list[int]:
    told = await stage.told()
    return [event.event_id for event in told if type(event).__name__ == "EventClosed"]


async def test_every_deadline_is_told_once(stage: Stage) -> None:
    first = await stage.act(minutes=1)
    second = await stage.act(minutes=2)
    await stage.change(apply_(first, 1, 2))

    async with watching(stage, by=3):
        stage.clock.advance(timedelta(minutes=1))
        await eventually(lambda: _are_told(stage, [first]))
        stage.clock.advance(timedelta(minutes=1))
        await eventually(lambda: _are_told(stage, [first, second]))

    told = [each for each in await stage.told() if type(each).__name__ == "EventClosed"]
    assert (told[0].score_count, told[0].score_sum, told[0].status) == (1, 2, "LOW_SCORE")
    assert told[0].deadline == told[0].closed_at


async def test_a_deadline_that_passed_while_nobody_was_there_is_told_later(stage: Stage) -> None:
    acts = [await stage.act(minutes=1) for _ in range(3)]
    stage.clock.advance(timedelta(hours=1))

    async with watching(stage):
        await eventually(lambda: _are_told(stage, acts))


async def test_a_deadline_that_is_moved_is_told_at_its_new_moment(stage: Stage) -> None:
    act = await stage.act(minutes=60)
    await stage.execute("UPDATE events SET deadline = opens_at + interval '1 minute'")

    async with watching(stage):
        stage.clock.advance(timedelta(minutes=1))
        await eventually(lambda: _are_told(stage, [act]))


async def test_an_act_that_somebody_holds_keeps_no_other_waiting(
    stage: Stage, lineup_database: str
) -> None:
    held, free = await stage.act(minutes=1), await stage.act(minutes=1)
    stage.clock.advance(timedelta(minutes=1))
    connection = await asyncpg.connect(asyncpg_url(lineup_database))
    async with connection.transaction():
        await connection.execute("SELECT 1 FROM events WHERE id = $1 FOR UPDATE", held)

        assert await stage.send(CloseDue()) == 1
        assert await closed(stage) == [free]
    await connection.close()

    assert await stage.send(CloseDue()) == 1
    assert await closed(stage) == [free, held]
    assert await stage.send(NextDeadline()) is None


async def _are_told(stage: Stage, acts: Sequence[int]) -> bool:
    return sorted(await closed(stage)) == sorted(acts)
