"""The conductor: each song once, in order, whoever dies in between."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.api.player.v1 import player_pb2 as pb
from backline.jukebox.commands.playback import TakePlaybackRequest
from backline.jukebox.commands.queue import RemoveFromQueue
from backline.jukebox.commands.room import ChangePolicy
from backline.jukebox.domain.playback import Action
from backline.jukebox.domain.policy import PolicyKind
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.feed import Feed
from backline.jukebox.queries.board import Board
from backline.kit.cache.memory import MemoryCache
from backline.kit.realtime.admission import SocketAuthenticator
from backline.kit.realtime.hub import Hub
from backline.kit.testing.eventually import eventually
from tests.jukebox.conducting import QUICK, Stage, open_stage
from tests.jukebox.rooms import HAL, TestRoom

SONGS = ["one", "two", "three", "four"]


@pytest.fixture
async def stage(room: TestRoom) -> AsyncIterator[Stage]:
    await room.send(ChangePolicy(changes={"kind": PolicyKind.FIFO}), HAL)
    async with open_stage(room) as stage:
        yield stage


def hub_of(room: TestRoom) -> Hub:
    async def redeem(ticket: str, origin: str) -> Any:
        raise NotImplementedError

    def verify(token: str) -> Any:
        raise NotImplementedError

    return Hub(
        name="jukebox.room",
        member="queue",
        authenticator=SocketAuthenticator(redeem=redeem, verify=verify),
        clock=room.clock,
    )


async def fill(stage: Stage) -> list[ItemId]:
    return [await stage.room.add(HAL, title, duration_s=180) for title in SONGS]


async def request(stage: Stage, action: Action, **fields: object) -> bool:
    command = TakePlaybackRequest(
        request_id=f"{action}-{fields}",
        action=action,
        actor_name="Hal",
        **fields,  # type: ignore[arg-type]
    )
    return await stage.room.send(command)


async def assert_each_once(stage: Stage, items: list[ItemId]) -> None:
    """Every song was started once, in order, and history tells the same."""
    assert stage.player.started == items
    history = await stage.history()
    assert [(row.id, row.state) for row in history] == [(item, "played") for item in items]


async def test_an_evening(stage: Stage) -> None:
    items = await fill(stage)
    stage.conduct()

    await stage.until_playing("one")
    assert await stage.until_prepared() == "two"
    assert (await stage.room.document()).items[0].state == "locked"
    await stage.rest_of_the_evening()

    await assert_each_once(stage, items)
    assert [row.heard_s for row in await stage.history()] == pytest.approx([180.0] * 4)


async def test_what_is_added_to_silence_plays_at_once(stage: Stage) -> None:
    stage.conduct()
    await stage.room.add(HAL, "first")
    await stage.until_playing("first")

    document = await stage.room.document()
    assert document.playback.state == "playing"
    assert document.playback.rate == 1.0
    assert document.playback.output.driver == "emulated"
    assert not document.playback.output.audible


STEPS = [
    f"{when} {what}"
    for what in (
        "LockHead",
        "play",
        "prepare",
        "ApplyPlayerEvent Started",
        "ApplyPlayerEvent Moved",
        "ApplyPlayerEvent Ended",
    )
    for when in ("before", "after")
]


@pytest.mark.parametrize("step", STEPS)
async def test_a_conductor_that_dies_is_followed_by_the_next(stage: Stage, step: str) -> None:
    items = await fill(stage)
    first = stage.conduct(dying=step)
    if "Ended" in step:
        await stage.until_playing("one")
        await stage.until_prepared()
        await stage.player.advance(180)
    await stage.died(first)

    stage.conduct()
    await stage.rest_of_the_evening()

    await assert_each_once(stage, items)


async def test_the_player_crosses_a_boundary_alone(stage: Stage) -> None:
    items = await fill(stage)
    conductor = stage.conduct()
    await stage.until_playing("one")
    assert await stage.until_prepared() == "two"
    await stage.kill(conductor)

    await stage.player.advance(200)
    assert (await stage.player.state()).current.display == "two"
    stage.conduct()

    await stage.until_playing("two")
    assert await stage.until_prepared() == "three"
    await stage.rest_of_the_evening()
    await assert_each_once(stage, items)


async def test_what_happened_too_long_ago_to_be_replayed_is_inferred(stage: Stage) -> None:
    items = await fill(stage)
    conductor = stage.conduct()
    await stage.until_playing("one")
    await stage.until_prepared()
    await stage.kill(conductor)

    await stage.player.advance(181)
    for n in range(1100):  # more events than the player keeps
        await stage.player.stub.SetVolume(
            pb.SetVolumeRequest(
                meta=pb.CommandMeta(command_id=f"v{n}", fence=1), volume=(n % 50) / 100
            )
        )
    stage.conduct()

    await stage.until_playing("two")
    await stage.rest_of_the_evening()
    await assert_each_once(stage, items)


async def test_a_player_that_was_killed_takes_the_song_up_where_it_was(stage: Stage) -> None:
    items = await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    await stage.until_prepared()
    await stage.player.advance(60)
    await contact(stage)

    await stage.player.kill()
    await stage.player.start()

    await stage.until_playing("one")
    state = await stage.player.state()
    assert state.anchor.position.ToTimedelta().total_seconds() == pytest.approx(60, abs=1)
    assert state.volume == pytest.approx(0.8)
    assert await stage.until_prepared() == "two"
    await stage.rest_of_the_evening()

    assert stage.player.started == [items[0], *items]
    history = await stage.history()
    assert [(row.id, row.state) for row in history] == [(item, "played") for item in items]
    assert history[0].heard_s == pytest.approx(180, abs=2)


async def contact(stage: Stage) -> None:
    """Wait until the conductor has written down that it heard of the player just now."""
    now = stage.room.clock.now()

    async def heard() -> bool:
        engine = await stage.room.jukebox.container.get(AsyncEngine)
        async with engine.connect() as connection:
            at = (await connection.execute(text("SELECT contact_at FROM room"))).scalar_one()
        return bool(at == now)

    await eventually(heard)


async def test_player_and_conductor_killed_together(stage: Stage) -> None:
    items = await fill(stage)
    conductor = stage.conduct()
    await stage.until_playing("one")
    await stage.player.advance(90)
    await contact(stage)
    await stage.kill(conductor)
    await stage.player.kill()

    await stage.player.start()
    stage.conduct()

    await stage.until_playing("one")
    state = await stage.player.state()
    assert state.anchor.position.ToTimedelta().total_seconds() == pytest.approx(90, abs=1)
    await stage.rest_of_the_evening()
    assert [row.id for row in await stage.history()] == items


async def test_a_pause_outlives_the_player(stage: Stage) -> None:
    await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    await request(stage, Action.PAUSE)
    await stage.until_state(lambda state: state.status == pb.STATUS_PAUSED)

    await stage.player.kill()
    await stage.player.start()

    await stage.until_state(lambda state: state.status == pb.STATUS_PAUSED)
    assert (await stage.room.document()).playback.state == "paused"
    await request(stage, Action.RESUME)
    await stage.until_playing("one")


async def test_only_one_conducts(stage: Stage) -> None:
    items = await fill(stage)
    for _ in range(3):
        stage.conduct()

    await stage.until_playing("one")
    await stage.rest_of_the_evening()

    await assert_each_once(stage, items)


async def test_five_skips_are_one(stage: Stage) -> None:
    items = await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    for number in range(5):
        await request(stage, Action.SKIP, item_id=items[0], position_s=float(number))

    await stage.until_playing("two")
    assert not await request(stage, Action.SKIP, item_id=items[0])

    await stage.rest_of_the_evening()
    assert [row.state for row in await stage.history()] == ["skipped", *["played"] * 3]
    assert stage.player.started == items


async def test_a_skip_from_a_pause_plays_the_next(stage: Stage) -> None:
    await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    await request(stage, Action.PAUSE)
    await stage.until_state(lambda state: state.status == pb.STATUS_PAUSED)

    await request(stage, Action.SKIP)

    await stage.until_playing("two")


async def test_seek_volume_stop_and_play(stage: Stage) -> None:
    items = await fill(stage)
    stage.conduct()
    await stage.until_playing("one")

    await request(stage, Action.SEEK, item_id=items[0], position_s=100.0)
    await stage.until_state(lambda state: state.anchor.position.seconds >= 100)
    await request(stage, Action.VOLUME, volume=0.3, muted=True)
    await stage.until_state(lambda state: state.muted and abs(state.volume - 0.3) < 0.01)
    await request(stage, Action.STOP)
    await stage.until_state(lambda state: state.status == pb.STATUS_IDLE)

    async def stopped() -> bool:
        return (await stage.room.document()).playback.state == "idle"

    await eventually(stopped)
    await request(stage, Action.PLAY)
    await stage.until_playing("two")
    assert [(row.id, row.state) for row in await stage.history()] == [(items[0], "skipped")]


async def test_a_song_that_cannot_be_played_gives_way_to_the_next(stage: Stage) -> None:
    items = await fill(stage)
    await stage.player.inject(fail_next_item=pb.ERROR_CODE_CORRUPT)
    stage.conduct()

    await stage.until_playing("two")

    document = await stage.room.document()
    failed = [item for item in document.items if item.state == "failed"]
    assert [item.id for item in failed] == [items[0]]
    assert failed[0].reason
    assert failed[0].reason_code == "DAMAGED"
    await stage.rest_of_the_evening()
    assert [row.state for row in await stage.history()] == ["failed", *["played"] * 3]


async def test_after_several_failures_the_room_says_why_it_is_silent(stage: Stage) -> None:
    for number in range(7):
        await stage.room.add(HAL, f"song {number}")
    await stage.player.inject(fail_next_item=pb.ERROR_CODE_NOT_FOUND)
    stage.conduct()

    async def told() -> bool:
        await stage.player.inject(fail_next_item=pb.ERROR_CODE_NOT_FOUND)
        if (await stage.player.state()).status == pb.STATUS_PLAYING:
            await stage.player.advance(1)
        message = (await stage.room.document()).playback.message
        return message is not None and "songs could not be played" in message

    await eventually(told)
    failed = [item for item in (await stage.room.document()).items if item.state == "failed"]
    assert len(failed) >= 5


async def test_a_missing_player_is_told_and_found_again(stage: Stage) -> None:
    await fill(stage)
    stage.conduct(timing=replace(QUICK, forgive_s=0.1))
    await stage.until_playing("one")
    await stage.player.kill()

    async def told() -> bool:
        message = (await stage.room.document()).playback.message
        return message is not None and "cannot be reached" in message

    await eventually(told)
    await stage.player.start()

    await stage.until_playing("one")

    async def well() -> bool:
        return (await stage.room.document()).playback.message is None

    await eventually(well)


async def test_a_missing_conductor_is_told_and_forgotten(stage: Stage) -> None:
    await fill(stage)
    room, cache = stage.room, MemoryCache()
    board = Board(room.mediator, cache)
    feed = Feed(room.mediator, hub_of(room), board, room.jukebox.doorbell, patience_s=0)

    async def message() -> str:
        await feed.refresh()
        return (await room.document()).playback.message or ""

    await eventually(message)
    assert "the worker process is away" in await message()
    stage.conduct()

    async def well() -> bool:
        return not await message()

    await stage.until_playing("one")
    await eventually(well)
    await cache.close()


async def test_a_lost_output_is_told(stage: Stage) -> None:
    await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    await stage.player.inject(lose_output=True)

    async def told() -> bool:
        return "output" in ((await stage.room.document()).playback.message or "")

    await eventually(told)
    await stage.player.inject(restore_output=True)

    async def well() -> bool:
        return (await stage.room.document()).playback.message is None

    await eventually(well)


async def test_what_is_removed_after_it_was_handed_over_is_taken_back(stage: Stage) -> None:
    items = await fill(stage)
    stage.conduct()
    await stage.until_playing("one")
    assert await stage.until_prepared() == "two"

    await stage.room.send(RemoveFromQueue(item_id=items[1]), HAL)

    await stage.until_state(lambda state: state.prepared.display == "three")
    await stage.rest_of_the_evening()
    assert stage.player.started == [items[0], *items[2:]]


async def test_the_next_song_is_locked_no_sooner_than_needed(stage: Stage) -> None:
    await fill(stage)
    stage.conduct(timing=replace(QUICK, lock_ahead_s=30))
    await stage.until_playing("one")
    await stage.player.advance(149)
    assert not (await stage.player.state()).prepared.item_id
    assert (await stage.room.document()).items[0].state == "queued"

    await stage.player.advance(1.5)

    assert await stage.until_prepared() == "two"
