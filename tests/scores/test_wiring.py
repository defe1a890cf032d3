"""The whole of the scores beside the whole of the line-up: doors, log, sagas, and back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from backline.api.scores.v1 import events_pb2 as pb
from backline.kit.core.clock import SystemClock
from backline.kit.core.errors import Unavailable
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.open import open_event_log
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking
from backline.scores.commands import GiveScore
from backline.scores.queries.scores import GetScore
from backline.scores.settings import Settings
from backline.scores.wiring import Scores, build
from tests.jukebox.test_wiring import running
from tests.scores.lineup_contract import Rig
from tests.scores.real_lineup import open_lineup
from tests.scores.stage import ANN


@dataclass(frozen=True, slots=True)
class Whole:
    scores: Scores
    lineup: Rig
    events_url: str


@pytest.fixture
async def whole(
    scores_database: str,
    lineup_database: str,
    log_database: str,
    tmp_path: Path,
    clock: FixedClock,
) -> AsyncIterator[Whole]:
    async with open_lineup(lineup_database, tmp_path, clock, events_url=log_database) as lineup:
        settings = Settings(
            database_url=scores_database,
            events_url=log_database,
            lineup_target=f"unix:{tmp_path / 'lineup.sock'}",
        )
        async with running(await build(settings, clock)):
            scores = Scores(settings, clock, lineup.lineup)
            yield Whole(scores, lineup, log_database)
            await scores.close()


async def test_a_score_reaches_the_line_up_and_others_hear_of_it(whole: Whole) -> None:
    mediator = whole.scores.mediator
    heard: list[pb.ScoreConfirmed] = []
    stop = asyncio.Event()
    log = open_event_log(whole.events_url)

    async def listen(message: Delivered) -> None:
        if message.type == "scores.v1.ScoreConfirmed":
            heard.append(pb.ScoreConfirmed.FromString(message.payload))

    listening = asyncio.create_task(
        consume(log, ("scores.v1",), "listener", listen, stop, parking=MemoryParking())
    )
    event_id = await whole.lineup.add()
    given = await mediator.send(GiveScore(event_id=event_id, score=5), actor=ANN)

    await eventually(lambda: heard)
    stop.set()
    await listening
    await log.close()
    assert (heard[0].score_id, heard[0].event_id, heard[0].score) == (given.id, event_id, 5)
    event = await whole.lineup.lineup.get_event(event_id)
    assert (event.status, event.score_count, event.score_mean) == ("HIGH_SCORE", 1, 5.0)


async def test_what_the_line_up_tells_makes_a_score_immutable(whole: Whole) -> None:
    """Before its deadline by the clock: a host has closed it."""
    event_id = await whole.lineup.add()
    given = await whole.scores.mediator.send(GiveScore(event_id=event_id, score=5), actor=ANN)
    whole.lineup.clock.advance(timedelta(seconds=1))
    await whole.lineup.close(event_id)

    async def immutable() -> bool:
        found = await whole.scores.mediator.send(GetScore(score_id=given.id), actor=ANN)
        return not found.mutable

    await eventually(immutable)


async def test_without_its_database_it_is_not_ready() -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
    service = await build(Settings(database_url=nowhere), SystemClock())

    with pytest.raises(Unavailable):
        await service.ready()

    await service.close()
    assert set(service.workers) == {"scores-sagas", "scores-late", "scores-old"}
