"""The whole jukebox: a request goes through outbox, event log, conductor and player, and back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from backline.api.jukebox.v1 import events_pb2
from backline.api.player.v1 import player_pb2 as pb
from backline.jukebox.commands.playback import RequestPlayback
from backline.jukebox.commands.room import ChangePolicy
from backline.jukebox.domain.playback import Action, ItemNotPlaying
from backline.jukebox.domain.policy import PolicyKind
from backline.jukebox.settings import Settings
from backline.jukebox.wiring import build
from backline.kit.core.clock import SystemClock
from backline.kit.core.errors import Unavailable
from backline.kit.messaging.consumer import consume
from backline.kit.messaging.log import Delivered
from backline.kit.messaging.open import open_event_log
from backline.kit.service import Service
from backline.kit.testing.eventually import eventually
from backline.kit.testing.memory_parking import MemoryParking
from tests.jukebox.conducting import Stage, open_stage
from tests.jukebox.rooms import HAL, TestRoom


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Every worker of the service, as the worker process runs them."""
    stop = asyncio.Event()
    workers = [asyncio.ensure_future(worker(stop)) for worker in service.workers.values()]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*workers), timeout=20)
        await service.close()


@dataclass(frozen=True, slots=True)
class Whole:
    stage: Stage
    settings: Settings


@pytest.fixture
async def whole(
    room: TestRoom, log_database: str, jobs_database: str, tmp_path: Path
) -> AsyncIterator[Whole]:
    async with open_stage(room) as stage:
        settings = Settings(
            database_url=room.jukebox.settings.database_url,
            media_dir=tmp_path,
            events_url=log_database,
            jobs_url=jobs_database,
            player_target=stage.player.address,
            disk_floor_bytes=0,
            lock_ahead_s=3600,
        )
        await room.send(ChangePolicy(changes={"kind": PolicyKind.FIFO}), HAL)
        async with running(await build(settings, room.clock)):
            yield Whole(stage, settings)


async def test_what_a_host_asks_reaches_the_player(whole: Whole) -> None:
    stage, room = whole.stage, whole.stage.room
    first = await room.add(HAL, "one")
    await room.add(HAL, "two")
    await stage.until_playing("one")

    await room.send(RequestPlayback(action=Action.PAUSE), HAL)
    await stage.until_state(lambda state: state.status == pb.STATUS_PAUSED)
    await room.send(RequestPlayback(action=Action.RESUME), HAL)
    await stage.until_state(lambda state: state.status == pb.STATUS_PLAYING)
    skips = [RequestPlayback(action=Action.SKIP, item_id=first) for _ in range(5)]
    told = await asyncio.gather(*[room.send(skip, HAL) for skip in skips], return_exceptions=True)
    # One that comes when the song is over already is told so.
    assert {type(each) for each in told if isinstance(each, Exception)} <= {ItemNotPlaying}

    await stage.until_playing("two")
    assert [row.state for row in await stage.history()] == ["skipped"]


async def test_others_hear_what_was_played(whole: Whole) -> None:
    stage = whole.stage
    heard: list[events_pb2.TrackPlayed] = []
    stop = asyncio.Event()
    log = open_event_log(whole.settings.events_url)

    async def listen(message: Delivered) -> None:
        if message.type == "jukebox.v1.TrackPlayed":
            heard.append(events_pb2.TrackPlayed.FromString(message.payload))

    listening = asyncio.create_task(
        consume(log, ("jukebox.v1",), "listener", listen, stop, parking=MemoryParking())
    )
    item_id = await stage.room.add(HAL, "one", duration_s=60)
    await stage.until_playing("one")
    await stage.player.advance(60)

    await eventually(lambda: heard)
    stop.set()
    await listening
    await log.close()
    assert (heard[0].item_id, heard[0].title, heard[0].skipped) == (item_id, "one", False)
    assert heard[0].heard_s == pytest.approx(60)
    assert heard[0].added_by_name == "Hal"


async def test_without_its_database_it_is_not_ready(tmp_path: Path) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
    service = await build(Settings(database_url=nowhere, media_dir=tmp_path), SystemClock())

    with pytest.raises(Unavailable):
        await service.ready()

    await service.close()
    assert set(service.workers) == {"jukebox-conductor", "jukebox-sweep"}
