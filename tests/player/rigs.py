"""What the conformance suite drives: a player behind real gRPC, and a hand on its time."""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc.aio
from typing_extensions import override

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.rpc.server import build_server, listen_on
from backline.kit.service import Service
from backline.kit.testing.clock import EPOCH
from backline.kit.testing.eventually import eventually
from backline.player.domain import Instant, Output
from backline.player.miniaudio.driver import MiniaudioDriver
from backline.player.miniaudio.outputs import NULL_OUTPUT, Device, Outputs, OutputUnavailable
from backline.player.miniaudio.ring import SAMPLE_RATE
from backline.player.miniaudio.voice import HEAD
from backline.player.translation import to_duration
from tests.player.sounds import tone, write

_numbers = itertools.count(1)
DEADLINE_S = 10.0


def seconds(value: float) -> Any:
    return to_duration(timedelta(seconds=value))


def meta(command_id: str = "", fence: int = 0) -> pb.CommandMeta:
    return pb.CommandMeta(command_id=command_id or f"c{next(_numbers)}", fence=fence, actor="test")


class Watcher:
    """Collects what a Watch stream says."""

    def __init__(
        self, stub: Any, epoch: str = "", after_seq: int = 0, heartbeat_s: float = 60
    ) -> None:
        self.events: list[pb.PlayerEvent] = []
        self.ended: grpc.StatusCode | None = None
        request = pb.WatchRequest(epoch=epoch, after_seq=after_seq, heartbeat=seconds(heartbeat_s))
        self._call = stub.Watch(request)
        self._task = asyncio.ensure_future(self._collect())

    async def _collect(self) -> None:
        try:
            async for event in self._call:
                self.events.append(event)
        except grpc.aio.AioRpcError as error:
            self.ended = error.code()
        except asyncio.CancelledError:
            self.ended = grpc.StatusCode.CANCELLED

    @property
    def kinds(self) -> list[str]:
        return [str(event.WhichOneof("event")) for event in self.events]

    def of(self, kind: str) -> list[Any]:
        return [getattr(event, kind) for event in self.events if event.WhichOneof("event") == kind]

    async def until(self, kind: str, count: int = 1) -> list[Any]:
        """Wait until there are `count` events of this kind."""
        await eventually(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    async def stop(self) -> None:
        self._call.cancel()
        await self._task


class Rig(ABC):
    """One player under test.

    Attributes:
        length: Seconds that its test items last.
        tolerance: Seconds by which its positions may be off.
    """

    stub: Any
    length = 100.0
    tolerance = 0.001

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.watchers: list[Watcher] = []

    @abstractmethod
    def media(self, item_id: str, **fields: Any) -> pb.Media:
        """An item that plays."""

    @abstractmethod
    async def broken(self, item_id: str) -> pb.Media:
        """An item that fails when it is started next."""

    @abstractmethod
    async def elapse(self, share: float) -> pb.PlayerState:
        """Let this share of an item's length pass; the state after it."""

    @abstractmethod
    async def lose_output(self) -> None: ...

    @abstractmethod
    async def restore_output(self) -> None: ...

    async def watch(self, **arguments: Any) -> Watcher:
        watcher = Watcher(self.stub, **arguments)
        self.watchers.append(watcher)
        return watcher

    async def watch_from_now(self) -> Watcher:
        """Watch, and come back when the snapshot is there."""
        watcher = await self.watch()
        await watcher.until("snapshot")
        return watcher

    async def state(self) -> pb.PlayerState:
        answer: pb.PlayerState = await self.stub.GetState(pb.GetStateRequest(), timeout=DEADLINE_S)
        return answer

    async def play(self, media: pb.Media, **fields: Any) -> pb.CommandResult:
        """Play, and wait until it sounds."""
        fields.setdefault("meta", meta())
        result: pb.CommandResult = await self.stub.Play(
            pb.PlayRequest(media=media, **fields), timeout=DEADLINE_S
        )
        await self.settled()
        return result

    async def prepare(self, media: pb.Media, **fields: Any) -> pb.CommandResult:
        """Prepare, and wait until its head is decoded."""
        fields.setdefault("meta", meta())
        result: pb.CommandResult = await self.stub.Prepare(
            pb.PrepareRequest(media=media, **fields), timeout=DEADLINE_S
        )
        return result

    async def call(self, method: str, **fields: Any) -> pb.CommandResult:
        """Send any other command."""
        fields.setdefault("meta", meta())
        request = getattr(pb, f"{method}Request")(**fields)
        result: pb.CommandResult = await getattr(self.stub, method)(request, timeout=DEADLINE_S)
        return result

    async def settled(self) -> None:
        """Wait until the player is through with buffering."""

        async def is_settled() -> bool:
            return (await self.state()).status != pb.STATUS_BUFFERING

        await eventually(is_settled)

    def position(self, state: pb.PlayerState) -> float:
        """As a share of an item's length."""
        return state.anchor.position.ToTimedelta().total_seconds() / self.length

    async def close(self) -> None:
        for watcher in self.watchers:
            await watcher.stop()


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to `service`, served with everything around it as in production."""
    assert service.add_servicers is not None
    server = build_server(service.add_servicers, service.rpc_names, ready=service.ready)
    address = listen_on(server, "127.0.0.1:0")
    await server.start()
    stop = asyncio.Event()
    loops = [asyncio.ensure_future(worker(stop)) for worker in service.background.values()]
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield channel
    finally:
        stop.set()
        await asyncio.gather(*loops)
        await server.stop(None)
        await service.close()


class EmulatedRig(Rig):
    """On a virtual clock: nothing takes time."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        super().__init__(channel)
        self.stub = player_pb2_grpc.PlayerStub(channel)
        self.control: Any = player_pb2_grpc.EmulatorControlStub(channel)

    @override
    def media(self, item_id: str, **fields: Any) -> pb.Media:
        fields.setdefault("duration", seconds(self.length))
        return pb.Media(item_id=item_id, track_id=f"t-{item_id}", path="/music/any.flac", **fields)

    @override
    async def broken(self, item_id: str) -> pb.Media:
        await self.inject(fail_next_item=pb.ERROR_CODE_CORRUPT)
        return self.media(item_id)

    @override
    async def elapse(self, share: float) -> pb.PlayerState:
        return await self.advance(share * self.length)

    async def advance(self, by_s: float) -> pb.PlayerState:
        answer: pb.PlayerState = await self.control.AdvanceClock(
            pb.AdvanceClockRequest(by=seconds(by_s)), timeout=DEADLINE_S
        )
        return answer

    async def inject(self, **fault: Any) -> None:
        await self.control.InjectFault(pb.InjectFaultRequest(**fault), timeout=DEADLINE_S)

    @override
    async def lose_output(self) -> None:
        await self.inject(lose_output=True)

    @override
    async def restore_output(self) -> None:
        await self.inject(restore_output=True)


class PulledDevice(Device):
    """An output that only moves when the test pulls."""

    def __init__(self, output: Output, stream: Any) -> None:
        self.output = output
        self.latency = timedelta(0)
        self.alive = True
        self._stream = stream
        next(stream)

    @override
    def is_alive(self, silent_s: float) -> bool:
        return self.alive

    def pull(self, frames: int) -> Any:
        return self._stream.send(frames)

    @override
    def close(self) -> None:
        self.alive = False


class PulledOutputs(Outputs):
    """Two sound devices that can be unplugged, a clock that counts what they pulled."""

    def __init__(self) -> None:
        self.speakers = [
            Output(id="speaker", name="Speaker", backend="Test", is_default=True),
            Output(id="headphones", name="Headphones", backend="Test"),
        ]
        self.available = True
        self.broken: Exception | None = None
        self.device: PulledDevice | None = None
        self.frames = 0
        self.opened: list[str] = []

    def now(self) -> Instant:
        passed = timedelta(microseconds=self.frames * 1_000_000 // SAMPLE_RATE)
        return Instant(EPOCH, 0).later(passed)

    @override
    def list(self) -> tuple[Output, ...]:
        return (*(self.speakers if self.available else ()), NULL_OUTPUT)

    @override
    def open(self, output_id: str, stream: Any, buffer: timedelta) -> Device:
        self.opened.append(output_id)
        if self.broken is not None:
            raise self.broken
        found = [each for each in self.list() if output_id in ("auto", each.id)]
        if not found or (output_id == "auto" and found[0].is_null):
            raise OutputUnavailable("No sound device was found.")
        self.device = PulledDevice(found[0], stream)
        return self.device

    def pull(self, frames: int) -> Any:
        """What sounds meanwhile; nothing if there is no device, but time passes all the same."""
        device = self.device
        block = device.pull(frames) if device is not None and device.alive else None
        self.frames += frames
        return block


class MiniaudioRig(Rig):
    """Real files, real decoding and mixing, pulled as fast as the machine can."""

    length = 1.0
    tolerance = 0.002

    def __init__(
        self,
        channel: grpc.aio.Channel,
        driver: MiniaudioDriver,
        outputs: PulledOutputs,
        folder: Path,
    ) -> None:
        super().__init__(channel)
        self.stub = player_pb2_grpc.PlayerStub(channel)
        self.driver = driver
        self.outputs = outputs
        self.folder = folder
        self._file = write(folder / "item.wav", tone(self.length))

    @override
    def media(self, item_id: str, **fields: Any) -> pb.Media:
        fields.setdefault("duration", seconds(self.length))
        fields.setdefault("path", str(self._file))
        return pb.Media(item_id=item_id, track_id=f"t-{item_id}", **fields)

    @override
    async def broken(self, item_id: str) -> pb.Media:
        return self.media(item_id, path=str(self.folder / "gone.flac"))

    @override
    async def elapse(self, share: float) -> pb.PlayerState:
        await self.pull(round(share * self.length * SAMPLE_RATE))
        return await self.state()

    async def pull(self, frames: int) -> None:
        """Pull in steps, each as soon as the decoders have what it takes."""
        while frames > 0:
            step = min(frames, 2400)
            await eventually(partial(self._decoded, step))
            self.outputs.pull(step)
            frames -= step
            await asyncio.sleep(0)

    def _decoded(self, frames: int) -> bool:
        mixer = self.driver.mixer
        voices = [voice for voice in (mixer.current, mixer.prepared) if voice is not None]
        return all(voice.ended or voice.filled >= max(frames, HEAD) for voice in voices)

    @override
    async def lose_output(self) -> None:
        self.outputs.available = False
        if self.outputs.device is not None:
            self.outputs.device.alive = False

    @override
    async def restore_output(self) -> None:
        self.outputs.available = True
