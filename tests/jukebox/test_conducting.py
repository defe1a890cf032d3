"""What the conductor writes down: once, under its fence, and never backwards."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backline.jukebox.commands.conducting import (
    ApplyPlayerEvent,
    FailItem,
    GiveUpItem,
    LockHead,
    TellSilence,
    TidyQueue,
)
from backline.jukebox.commands.leading import GiveBackLease, TakeLease
from backline.jukebox.commands.playback import TakePlaybackRequest
from backline.jukebox.commands.queue import RemoveFromQueue
from backline.jukebox.conductor import decisions as do
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.playback import (
    FAILURES_IN_A_ROW,
    PLAYER_AWAY,
    Action,
    Anchor,
    ConductorReplaced,
    Cursor,
    Output,
    PlayerStatus,
    SeekRequest,
    Wanted,
)
from backline.jukebox.domain.player import (
    Broken,
    Ended,
    Media,
    Moved,
    PlayerEvent,
    Snapshot,
    Started,
)
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.queries.stage import GetStage, Stage
from backline.kit.testing.clock import EPOCH
from backline.kit.testing.eventually import eventually
from tests.jukebox.rooms import ANN, EPOCH_ID, HAL, TestRoom

# The lease


async def test_the_lease_has_one_holder_and_a_rising_fence(room: TestRoom) -> None:
    takers = [TakeLease(owner=f"c{n}", for_s=60) for n in range(5)]
    fences = await asyncio.gather(*[room.send(taker) for taker in takers])
    (held,) = [fence for fence in fences if fence is not None]
    holder = takers[fences.index(held)]

    assert await room.send(holder) == held
    await room.send(GiveBackLease(owner=holder.owner))
    assert await room.send(TakeLease(owner="next", for_s=60)) == held + 1


async def test_a_lease_runs_out_by_the_databases_clock(room: TestRoom) -> None:
    assert await room.send(TakeLease(owner="first", for_s=0.2)) == 1

    async def taken() -> bool:
        return await room.send(TakeLease(owner="second", for_s=60)) == 2

    await eventually(taken)
    assert await room.send(TakeLease(owner="first", for_s=60)) is None


ENDS_EARLY = Cause(CauseCode.ENDS_EARLY, "The file ends too soon.", {"stops_s": "7"})

# Under the fence


@pytest.mark.parametrize(
    "command",
    [
        lambda fence, item: LockHead(fence=fence),
        lambda fence, item: FailItem(fence=fence, item_id=item, reason=ENDS_EARLY),
        lambda fence, item: GiveUpItem(fence=fence, item_id=item),
        lambda fence, item: TellSilence(fence=fence, message=PLAYER_AWAY),
        lambda fence, item: TidyQueue(fence=fence),
        lambda fence, item: ApplyPlayerEvent(
            fence=fence, event=PlayerEvent(EPOCH_ID, 9, Ended(item, "finished", 1.0))
        ),
    ],
)
async def test_a_replaced_conductor_changes_nothing(
    room: TestRoom, command: Callable[[int, ItemId], Any]
) -> None:
    item_id = await room.add(HAL)
    await room.lead()
    await room.send(GiveBackLease(owner="test"))
    assert await room.send(TakeLease(owner="other", for_s=60)) == room.fence + 1
    before = await room.document()

    with pytest.raises(ConductorReplaced):
        await room.send(command(room.fence, item_id))

    assert await room.document() == before


# Events of the player


async def test_an_event_counts_once_and_never_backwards(room: TestRoom) -> None:
    await room.add(HAL)
    item_id = await room.play_next()
    jumps = [
        ApplyPlayerEvent(
            fence=room.fence, event=PlayerEvent(EPOCH_ID, seq, Moved(room.anchor(item_id, at)))
        )
        for seq, at in ((20, 30.0), (21, 100.0))
    ]

    assert [await room.send(jump) for jump in jumps] == [True, True]
    seen = await room.document()
    assert [await room.send(jump) for jump in jumps] == [False, False]

    assert await room.document() == seen
    assert seen.playback.position_s == 100.0


async def test_what_was_removed_while_the_player_crossed_over_is_skipped(room: TestRoom) -> None:
    await room.add(HAL, "one")
    await room.add(HAL, "two")
    first = await room.play_next()
    second = await room.lock()
    await room.send(RemoveFromQueue(item_id=second), HAL)

    await room.end(first)
    await room.tell(Started(second, room.anchor(second)))

    stage = await room.send(GetStage())
    assert stage.playing is not None
    assert stage.playing.item_id == second
    assert stage.skip_request is not None


async def test_a_song_that_started_unseen_ends_the_one_before(room: TestRoom) -> None:
    await room.add(HAL, "one")
    await room.add(HAL, "two")
    first = await room.play_next()
    second = await room.lock()
    room.clock.advance(timedelta(seconds=170))

    await room.tell(Started(second, room.anchor(second)))

    document = await room.document()
    assert document.playback.item_id == second
    assert await room.heard(first) == ("played", 170.0)


async def test_an_end_and_the_next_beginning_are_one_change(room: TestRoom) -> None:
    """Nobody sees a silence between two songs."""
    await room.add(HAL, "one")
    await room.add(HAL, "two")
    first = await room.play_next()
    second = await room.lock()
    seen = (await room.document()).revision

    ended = Ended(first, "finished", 180.0)
    await room.tell(Started(second, room.anchor(second)), after=ended)

    document = await room.document()
    assert (document.revision, document.playback.item_id) == (seen + 1, second)
    assert await room.heard(first) == ("played", 180.0)


async def test_a_song_nobody_knows_changes_nothing(room: TestRoom) -> None:
    await room.add(HAL)
    playing = await room.play_next()
    stranger = ItemId("00000000-0000-7000-8000-000000000000")

    await room.tell(Ended(stranger, "finished", 3.0))
    await room.tell(Broken(stranger, ENDS_EARLY))

    assert (await room.document()).playback.item_id == playing


async def test_why_a_song_failed_is_kept(room: TestRoom) -> None:
    await room.add(ANN)
    item_id = await room.play_next()

    await room.tell(Broken(item_id, ENDS_EARLY))
    await room.tell(Ended(item_id, "failed", 2.0))

    (item,) = (await room.document()).items
    assert (item.state, item.reason) == ("failed", ENDS_EARLY.detail)
    assert (item.reason_code, item.reason_metadata) == (ENDS_EARLY.code, {"stops_s": "7"})
    room.clock.advance(timedelta(hours=1, seconds=1))
    assert await room.send(TidyQueue(fence=room.fence)) == 1
    assert (await room.document()).items == []


async def test_why_the_room_is_silent_is_told_to_programs_too(room: TestRoom) -> None:
    await room.send(TellSilence(fence=room.fence, message=PLAYER_AWAY))
    away = (await room.document()).playback
    await room.send(TellSilence(fence=room.fence, message=None))
    back = (await room.document()).playback

    assert (away.message, away.message_code) == (PLAYER_AWAY.detail, "PLAYER_AWAY")
    assert (back.message, back.message_code, back.message_metadata) == (None, None, {})


async def test_too_many_failures_say_how_many_and_which_was_the_last(room: TestRoom) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        await room.add(HAL)
        item_id = await room.play_next()
        await room.tell(Broken(item_id, ENDS_EARLY))
        await room.tell(Ended(item_id, "failed", 2.0))

    document = await room.document()

    assert document.playback.message_code == "SONGS_FAILED"
    title = document.items[-1].track.title
    assert document.playback.message_metadata == {"count": "5", "title": title}


async def test_a_code_of_a_later_version_is_left_out(room: TestRoom) -> None:
    """As after going back to an older version: its sentence is still told."""
    await room.send(TellSilence(fence=room.fence, message=PLAYER_AWAY))
    engine = await room.jukebox.container.get(AsyncEngine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE room SET message_code = 'ASTEROID'"))

    playback = (await room.document()).playback

    assert (playback.message, playback.message_code) == (PLAYER_AWAY.detail, None)


async def test_a_song_is_taken_up_where_it_was_last_heard_of(room: TestRoom) -> None:
    """Not where it would be by now: the player was silent meanwhile."""
    await room.add(HAL)
    item_id = await room.play_next()
    room.clock.advance(timedelta(seconds=60))
    await room.tell(Moved(room.anchor(item_id, 60.0)))
    room.clock.advance(timedelta(minutes=30))

    await room.send(
        ApplyPlayerEvent(
            fence=room.fence, event=PlayerEvent("epoch-2", 1, _silent(epoch="epoch-2"))
        )
    )

    stage = await room.send(GetStage())
    assert stage.playing is not None
    step = do.decide(stage, _silent(epoch="epoch-2"), lock_due=False)
    assert step == do.Play(stage.playing, 60.0, paused=False)


async def test_a_request_is_taken_once(room: TestRoom) -> None:
    await room.add(HAL)
    await room.play_next()
    pause = TakePlaybackRequest(request_id="r", action=Action.PAUSE)
    resume = TakePlaybackRequest(request_id="s", action=Action.RESUME)

    await room.mediator.send(pause, key="r")
    await room.mediator.send(resume, key="s")
    await room.mediator.send(pause, key="r")

    assert (await room.send(GetStage())).wanted is Wanted.PLAYING


# Decisions


A, B = (
    Media(
        item_id=ItemId(name),
        track_id=TrackId(f"t-{name}"),
        title=name,
        playable_sha256="0" * 64,
        content_type="audio/flac",
        duration_s=180.0,
        gain_db=0.0,
        peak=0.0,
    )
    for name in ("a", "b")
)
STAGE = Stage(
    wanted=Wanted.PLAYING,
    wanted_by="w",
    status=PlayerStatus.PLAYING,
    volume=0.8,
    muted=False,
    volume_by="v",
    wanted_output="",
    wanted_output_by="",
    crossfade_s=None,
    test_tone=None,
    message=None,
    anchor=Anchor(A.item_id, 10.0, EPOCH, 1.0),
    cursor=Cursor("e", 1),
    seek=None,
    fence=1,
    playing=A,
    skip_request=None,
    locked=B,
    more=False,
)
PLAYING = Snapshot(
    epoch="e",
    seq=1,
    status=PlayerStatus.PLAYING,
    current=A.item_id,
    prepared=B.item_id,
    anchor=STAGE.anchor,
    volume=0.8,
    muted=False,
    output=Output(),
)
SILENT = replace(PLAYING, status=PlayerStatus.IDLE, current=None, prepared=None, anchor=None)
IDLE = replace(STAGE, status=PlayerStatus.IDLE)
PAUSED = replace(PLAYING, status=PlayerStatus.PAUSED)
ALONE = replace(STAGE, locked=None)
SEEK = SeekRequest("s", A.item_id, 50.0)


def _silent(*, epoch: str) -> Snapshot:
    return replace(SILENT, epoch=epoch)


@pytest.mark.parametrize(
    ("stage", "player", "step"),
    [
        (STAGE, PLAYING, None),
        (replace(STAGE, status=PlayerStatus.UNREACHABLE), PLAYING, do.Meet()),
        (replace(STAGE, volume=0.5), PLAYING, do.SetVolume(0.5, muted=False, request="v")),
        (replace(STAGE, muted=True), PLAYING, do.SetVolume(0.8, muted=True, request="v")),
        (replace(STAGE, test_tone="t"), PLAYING, do.PlayTestTone("t")),
        (
            replace(IDLE, test_tone="t", wanted=Wanted.STOPPED, playing=None),
            SILENT,
            do.PlayTestTone("t"),
        ),
        (STAGE, replace(PLAYING, prepared=None), do.Prepare(B, A.item_id)),
        (STAGE, replace(PLAYING, prepared=ItemId("x")), do.Prepare(B, A.item_id)),
        (ALONE, PLAYING, do.ClearPrepared(B.item_id)),
        (replace(ALONE, more=True), replace(PLAYING, prepared=None), do.Lock()),
        (replace(STAGE, skip_request="r"), PLAYING, do.Advance(A.item_id, "r")),
        (replace(STAGE, seek=SEEK), PLAYING, do.Seek(SEEK)),
        (
            replace(STAGE, seek=replace(SEEK, item_id=B.item_id)),
            PLAYING,
            do.DropSeek(replace(SEEK, item_id=B.item_id)),
        ),
        (replace(STAGE, wanted=Wanted.PAUSED), PLAYING, do.Pause(A.item_id, "w")),
        (replace(STAGE, status=PlayerStatus.PAUSED), PAUSED, do.Resume(A.item_id, "w")),
        (replace(STAGE, wanted=Wanted.STOPPED), PLAYING, do.Stop("w")),
        (replace(IDLE, wanted=Wanted.STOPPED), SILENT, do.GiveUp(A.item_id)),
        (replace(IDLE, wanted=Wanted.STOPPED, playing=None), SILENT, None),
        (IDLE, SILENT, do.Play(A, 10.0, paused=False)),
        (replace(IDLE, wanted=Wanted.PAUSED), SILENT, do.Play(A, 10.0, paused=True)),
        (replace(IDLE, skip_request="r"), SILENT, do.GiveUp(A.item_id)),
        (replace(IDLE, playing=None), SILENT, do.Play(B, 0.0, paused=False)),
        (replace(IDLE, playing=None, wanted=Wanted.PAUSED), SILENT, None),
        (replace(IDLE, playing=None, locked=None, more=True), SILENT, do.Lock()),
        (replace(IDLE, playing=None, locked=None), SILENT, None),
        (STAGE, replace(PLAYING, current=ItemId("x")), do.Play(A, 10.0, paused=False)),
        (replace(STAGE, playing=None), replace(PLAYING, current=ItemId("x")), do.Stop("")),
    ],
)
def test_each_difference_has_its_step(stage: Stage, player: Snapshot, step: do.Step | None) -> None:
    assert do.decide(stage, player, lock_due=True) == step


def test_nothing_is_locked_before_it_is_due() -> None:
    stage, player = replace(ALONE, more=True), replace(PLAYING, prepared=None)
    assert do.decide(stage, player, lock_due=False) is None
    skipping = replace(stage, skip_request="r")
    assert do.decide(skipping, player, lock_due=False) == do.Lock()


def test_a_song_is_never_taken_up_at_its_very_end() -> None:
    stage = replace(IDLE, anchor=Anchor(A.item_id, 400.0, EPOCH, 0.0))
    assert do.decide(stage, SILENT, lock_due=False) == do.Play(A, 179.0, paused=False)
