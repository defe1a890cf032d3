"""Where the sound goes: found, chosen, lost, brought back, and never silent without a word."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typing_extensions import override

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.core.clock import SystemClock
from backline.kit.testing.eventually import eventually
from backline.player.domain import Output
from backline.player.miniaudio.driver import MiniaudioDriver
from backline.player.miniaudio.keeper import OutputKeeper
from backline.player.miniaudio.outputs import NULL_OUTPUT, Device, MiniaudioOutputs
from backline.player.miniaudio.ring import SAMPLE_RATE, silence
from backline.player.settings import Settings
from backline.player.wiring import build
from tests.player.rigs import (
    MiniaudioRig,
    PulledOutputs,
    Watcher,
    meta,
    seconds,
    serving,
)
from tests.player.sounds import tone, write

BUFFER = timedelta(milliseconds=240)


def a_stream() -> Generator[Any, int, None]:
    frames = yield b""
    while True:
        frames = yield silence(frames)


class Wall:
    """An `OutputKeeper` beside which a test stands."""

    def __init__(self, outputs: PulledOutputs, wanted: str = "auto") -> None:
        self.rendered = 0
        self.told: list[tuple[Output, str]] = []
        self.keeper = OutputKeeper(
            outputs,
            wanted=wanted,
            buffer=BUFFER,
            stream=a_stream,
            pulled_at=lambda: 0.0,
            rendered=lambda: self.rendered,
            announce=lambda output, reason: self.told.append((output, reason)),
        )
        self._watch: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.keeper.open()
        self._watch = asyncio.create_task(self.keeper.watch())

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self.keeper.close()


@pytest.fixture
def outputs() -> PulledOutputs:
    return PulledOutputs()


@pytest.fixture
async def wall(outputs: PulledOutputs) -> AsyncIterator[Wall]:
    wall = Wall(outputs)
    yield wall
    await wall.close()


async def test_by_default_sound_goes_to_the_default_device(wall: Wall) -> None:
    await wall.open()

    ((output, reason),) = wall.told
    assert output.id == "speaker"
    assert (output.is_null, output.available, output.reason) == (False, True, "")
    assert "Speaker" in reason


async def test_without_any_device_it_plays_silently_and_says_why(
    wall: Wall, outputs: PulledOutputs
) -> None:
    outputs.available = False

    await wall.open()

    ((output, reason),) = wall.told
    assert (output.is_null, output.available) == (True, True)
    assert output.reason == reason == "No sound device was found. Playing silently."


async def test_silence_on_purpose_says_so(outputs: PulledOutputs) -> None:
    wall = Wall(outputs, "null")

    await wall.open()

    assert wall.keeper.output.is_null
    assert "chosen" in wall.keeper.output.reason
    await wall.close()


async def test_a_device_by_name_that_is_missing_is_waited_for(outputs: PulledOutputs) -> None:
    outputs.available = False
    wall = Wall(outputs, "headphones")

    await wall.open()
    assert not wall.keeper.output.available
    assert wall.keeper.output.id == "headphones"
    outputs.available = True

    await eventually(lambda: wall.keeper.output.available)
    assert wall.keeper.output.name == "Headphones"
    await wall.close()


async def test_a_device_that_stops_pulling_is_lost_and_brought_back(
    wall: Wall, outputs: PulledOutputs
) -> None:
    await wall.open()
    assert outputs.device is not None
    outputs.available = outputs.device.alive = False

    await eventually(lambda: len(wall.told) == 2)
    lost, reason = wall.told[1]
    assert not lost.available
    assert "stopped" in reason
    # It was there before: a room must not play on unheard through the null output.
    await eventually(lambda: len(outputs.opened) > 1)
    assert not wall.keeper.output.available

    outputs.available = True
    await eventually(lambda: wall.keeper.output.available)


async def test_an_output_that_cannot_be_opened_leaves_the_sound_where_it_was(
    wall: Wall, outputs: PulledOutputs
) -> None:
    await wall.open()

    wall.keeper.select("gramophone")

    await eventually(lambda: len(wall.told) == 2)
    output, reason = wall.told[1]
    assert (output.id, output.available) == ("speaker", True)
    assert "stays" in reason


async def test_another_output_takes_over(wall: Wall, outputs: PulledOutputs) -> None:
    await wall.open()
    before = outputs.device

    wall.keeper.select("headphones")

    await eventually(lambda: wall.keeper.output.id == "headphones")
    assert before is not None
    assert not before.alive


async def test_a_device_that_swallows_sound_faster_than_time_is_not_believed(
    wall: Wall,
) -> None:
    """ALSA's null device, chosen as default by a container, would end an evening in seconds."""
    await wall.open()

    wall.rendered += 3600 * SAMPLE_RATE

    await eventually(lambda: wall.keeper.output.is_null)
    assert "does not keep time" in wall.keeper.output.reason


async def test_a_device_that_breaks_in_an_unknown_way_is_still_watched_over(
    wall: Wall, outputs: PulledOutputs, caplog: pytest.LogCaptureFixture
) -> None:
    await wall.open()
    outputs.broken = RuntimeError("the driver of the card crashed")

    wall.keeper.select("headphones")
    await eventually(lambda: not wall.keeper.output.available)
    assert "crashed" in caplog.text

    outputs.broken = None
    await eventually(lambda: wall.keeper.output.available)
    assert wall.keeper.output.id == "headphones"


class Hung:
    """A callback that gives nothing and takes nothing, while all flags say that it runs."""

    def send(self, frames: int) -> bytes:
        return b""


class OneDevice(PulledOutputs):
    """The machine's own null device, under another name: it pulls in real time."""

    real: Any = None

    @override
    def open(self, output_id: str, stream: Any, buffer: timedelta) -> Device:
        self.real = MiniaudioOutputs().open("null", stream, buffer)
        self.real.output = replace(NULL_OUTPUT, is_null=False, id="speaker", name="Speaker")
        return self.real  # type: ignore[no-any-return]


async def test_a_device_that_hangs_is_noticed_by_its_frames() -> None:
    outputs = OneDevice()
    driver = MiniaudioDriver(
        clock=SystemClock(), outputs=outputs, buffer=timedelta(milliseconds=60)
    )
    service = await build(Settings(), driver=driver)
    async with serving(service) as channel:
        stub: Any = player_pb2_grpc.PlayerStub(channel)
        watcher = Watcher(stub)
        await watcher.until("snapshot")
        await eventually(lambda: driver.mixer.rendered > 0)

        outputs.real._device.callback_generator = Hung()

        changes = await watcher.until("output_changed", 2)
        assert not changes[0].output.available
        assert changes[1].output.available
        await watcher.stop()


async def test_the_null_output_plays_in_real_time(tmp_path: Any) -> None:
    service = await build(Settings(output="null", buffer_ms=120, niceness=0))
    async with serving(service) as channel:
        stub: Any = player_pb2_grpc.PlayerStub(channel)
        watcher = Watcher(stub)
        await watcher.until("snapshot")
        file = write(tmp_path / "a.ogg", tone(1.0))
        media = pb.Media(item_id="a", path=str(file), duration=seconds(1))

        await stub.Play(pb.PlayRequest(meta=meta(), media=media))
        (ended,) = await watcher.until("item_ended")

        (started,) = watcher.of("item_started")
        at = {event.WhichOneof("event"): event.at.ToDatetime() for event in watcher.events}
        assert started.media.item_id == "a"
        assert ended.reason == pb.END_REASON_FINISHED
        assert ended.played.ToTimedelta() == timedelta(seconds=1)
        passed = at["item_ended"] - at["item_started"]
        assert passed >= timedelta(seconds=0.9)
        state = await stub.GetState(pb.GetStateRequest())
        assert state.output.is_null
        assert state.output.reason
        await watcher.stop()


def test_looking_for_devices_writes_nothing_to_the_terminal() -> None:
    """Without a sound card ALSA writes some fifty lines per attempt."""
    script = (
        "from datetime import timedelta\n"
        "from backline.player.miniaudio.outputs import MiniaudioOutputs, OutputUnavailable\n"
        "outputs = MiniaudioOutputs()\n"
        "outputs.list()\n"
        "try:\n"
        "    outputs.open('auto', iter(()), timedelta(seconds=0.2))\n"
        "except (OutputUnavailable, StopIteration):\n"
        "    pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_sham_device_is_offered_as_one_that_can_be_heard() -> None:
    """ALSA offers a null device like any other, which takes an evening's music in seconds."""
    found = MiniaudioOutputs().list()

    assert "alsa:null" not in {output.id for output in found}
    assert [output.id for output in found if output.is_null] == ["null"]


async def test_it_survives_losing_its_output_in_mid_track(pulled: MiniaudioRig) -> None:
    watcher = await pulled.watch_from_now()
    await pulled.play(pulled.media("a"))
    await pulled.elapse(0.5)

    await pulled.lose_output()
    await watcher.until("output_changed")
    seek = await pulled.call("Seek", position=seconds(0.8))
    pause = await pulled.call("Pause")

    assert seek.applied
    assert pause.state.status == pb.STATUS_PAUSED
    assert not (await pulled.state()).output.available
