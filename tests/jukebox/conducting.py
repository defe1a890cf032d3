"""A conductor that can die anywhere, and a player that can be killed, over real gRPC."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc.aio
from google.protobuf.duration_pb2 import Duration

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.jukebox.clients import GrpcPlayer
from backline.jukebox.conductor.conductor import Conductor
from backline.jukebox.conductor.session import Timing
from backline.jukebox.queries.queue import GetHistory
from backline.jukebox.queries.views import HistoryItemView
from backline.kit.rpc.client import channel
from backline.kit.rpc.server import build_server, listen_on
from backline.kit.service import Service
from backline.kit.testing.eventually import eventually
from backline.player.emulated import EmulatedDriver
from backline.player.settings import Settings
from backline.player.wiring import build
from tests.jukebox.rooms import TestRoom

QUICK = Timing(
    lease_s=0.5, renew_s=0.1, lock_ahead_s=3600, tick_s=0.05, contact_s=0.0, retry_s=0.02
)
_numbers = itertools.count(1)


class Death(BaseException):
    """The process is gone: nothing of it is cleaned up, nobody is told."""


class Dying:
    """Wraps the mediator or the player, and dies before or after the named call.

    Args:
        inner: What is wrapped.
        step: `before LockHead`, `after prepare`; a player's event as `ApplyPlayerEvent Started`.
    """

    def __init__(self, inner: Any, step: str) -> None:
        self._inner = inner
        self._when, _, self._what = step.partition(" ")

    async def send(self, message: Any, **options: Any) -> Any:
        name = type(message).__name__
        if name == "ApplyPlayerEvent":
            name += f" {type((message.after or message.event).what).__name__}"
        self._die("before", name)
        result = await self._inner.send(message, **options)
        self._die("after", name)
        return result

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name == "watch":
            return method

        async def call(*arguments: Any, **options: Any) -> Any:
            self._die("before", name)
            result = await method(*arguments, **options)
            self._die("after", name)
            return result

        return call

    def _die(self, when: str, what: str) -> None:
        if (when, what) == (self._when, self._what):
            raise Death


class PlayerBox:
    """The emulated player as a process of its own would be: killed and started again."""

    def __init__(self, address: str, room: TestRoom) -> None:
        self.address = address
        self._room = room
        self._server: Any = None
        self._service: Service | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.channel = channel(address)
        self.stub: Any = player_pb2_grpc.PlayerStub(self.channel)
        self.control: Any = player_pb2_grpc.EmulatorControlStub(self.channel)
        self.started: list[str] = []
        self.ended: list[tuple[str, str]] = []

    async def start(self) -> None:
        driver = EmulatedDriver(begin=self._room.clock.now())
        service = await build(Settings(driver="emulated", clock="virtual"), driver=driver)
        assert service.add_servicers is not None
        self._service = service
        self._server = build_server(service.add_servicers, service.rpc_names)
        listen_on(self._server, self.address)
        await self._server.start()
        self._watcher = asyncio.create_task(self._record())
        await eventually(self._answers)

    async def kill(self) -> None:
        """As `kill -9`: no last words."""
        await self._server.stop(None)
        self._server = None
        if self._watcher is not None:
            await asyncio.wait([self._watcher])

    async def close(self) -> None:
        if self._server is not None:
            await self.kill()
        await self.channel.close()

    async def state(self) -> pb.PlayerState:
        state: pb.PlayerState = await self.stub.GetState(pb.GetStateRequest(), timeout=5)
        return state

    async def advance(self, by_s: float) -> None:
        """Let time pass, for the player and for everybody else."""
        self._room.clock.advance(timedelta(seconds=by_s))
        await self.control.AdvanceClock(pb.AdvanceClockRequest(by=_duration(by_s)), timeout=5)

    async def inject(self, **fault: Any) -> None:
        await self.control.InjectFault(pb.InjectFaultRequest(**fault), timeout=5)

    async def _answers(self) -> bool:
        with suppress(grpc.aio.AioRpcError):
            await self.state()
            return True
        return False

    async def _record(self) -> None:
        """Keep the player's own account of what it started and ended."""
        watch = self.stub.Watch(pb.WatchRequest(heartbeat=_duration(60)), wait_for_ready=True)
        with suppress(grpc.aio.AioRpcError):
            async for event in watch:
                if event.HasField("item_started"):
                    self.started.append(event.item_started.anchor.item_id)
                elif event.HasField("item_ended"):
                    ended = event.item_ended
                    reason = pb.EndReason.Name(ended.reason).removeprefix("END_REASON_").lower()
                    self.ended.append((ended.item_id, reason))


class Stage:
    """A room, a player, and conductors that come and go."""

    def __init__(self, room: TestRoom, player: PlayerBox) -> None:
        self.room = room
        self.player = player
        self._conductors: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()

    def conduct(self, *, dying: str = "", timing: Timing = QUICK) -> "asyncio.Task[None]":
        """Start a conductor; `dying` names the step at which it dies."""
        jukebox = self.room.jukebox
        grpc_player: Any = GrpcPlayer(self.player.channel, lambda sha256: Path("/media") / sha256)
        mediator: Any = self.room.mediator
        if dying:
            grpc_player, mediator = Dying(grpc_player, dying), Dying(mediator, dying)
        conductor = Conductor(
            mediator,
            grpc_player,
            jukebox.doorbell,
            clock=self.room.clock,
            owner=f"conductor-{next(_numbers)}",
            timing=timing,
        )
        task = asyncio.create_task(conductor(self._stop))
        self._conductors.append(task)
        return task

    async def kill(self, conductor: "asyncio.Task[None]") -> None:
        """As `kill -9`: the lease is not given back."""
        conductor.cancel()
        await asyncio.wait([conductor])

    async def died(self, conductor: "asyncio.Task[None]") -> None:
        await asyncio.wait([conductor], timeout=10)
        assert conductor.done(), "it did not come to the step at which it should die"
        assert isinstance(conductor.exception(), Death)

    async def close(self) -> None:
        self._stop.set()
        await asyncio.wait_for(
            asyncio.gather(*self._conductors, return_exceptions=True), timeout=10
        )
        for task in self._conductors:
            if not task.cancelled() and isinstance(error := task.exception(), Exception):
                raise error

    async def playing(self) -> str | None:
        """The title that the room shows as playing."""
        item = (await self.room.document()).playback.item
        return None if item is None else item.track.title

    async def until_playing(self, title: str) -> None:
        async def is_playing() -> bool:
            state = await self.player.state()
            return await self.playing() == title and state.status == pb.STATUS_PLAYING

        await eventually(is_playing)

    async def until_prepared(self) -> str:
        """Wait until the player holds the next item; its title."""

        async def prepared() -> str:
            return (await self.player.state()).prepared.display

        return await eventually(prepared)

    async def until_state(self, expected: Callable[[pb.PlayerState], bool]) -> None:
        async def as_expected() -> bool:
            return expected(await self.player.state())

        await eventually(as_expected)

    async def rest_of_the_evening(self, *, step_s: float = 60.0) -> None:
        """Let time pass, song after song, until the queue is empty and the player silent."""

        async def over() -> bool:
            state = await self.player.state()
            document = await self.room.document()
            waiting = [item for item in document.items if item.state != "failed"]
            if not waiting and document.playback.item_id is None and not state.current.item_id:
                return True
            if state.current.item_id and (state.prepared.item_id or not waiting):
                await self.player.advance(step_s)
            return False

        await eventually(over)

    async def history(self) -> list[HistoryItemView]:
        """What was heard, first to last."""
        page = await self.room.send(GetHistory(limit=200))
        return page.items[::-1]


@asynccontextmanager
async def open_stage(room: TestRoom) -> AsyncIterator[Stage]:
    # A socket's path must be short; pytest's folders are not.
    folder = Path(tempfile.mkdtemp(prefix="bl-"))
    player = PlayerBox(f"unix:{folder}/player.sock", room)
    await player.start()
    stage = Stage(room, player)
    try:
        yield stage
    finally:
        await stage.close()
        await player.close()
        shutil.rmtree(folder, ignore_errors=True)


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration
