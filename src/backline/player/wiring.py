"""The only place where the player chooses its driver."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from time import monotonic_ns
from wsgiref.simple_server import WSGIServer

import grpc.aio
from prometheus_client import CollectorRegistry

from backline.api.player.v1 import player_pb2 as pb
from backline.api.player.v1 import player_pb2_grpc
from backline.kit.core.clock import Clock, SystemClock
from backline.kit.core.ids import uuid7
from backline.kit.service import Service
from backline.player.core import SHUTDOWN_FADE, Core
from backline.player.domain import Info
from backline.player.emulated import EmulatedDriver
from backline.player.metrics import Metrics
from backline.player.ports import Driver
from backline.player.rpc import EmulatorServicer, PlayerServicer
from backline.player.settings import Settings

PROTOCOL_VERSION = "1"
LONGEST_NAP_S = 0.1
SWITCH_INTERVAL_S = 0.0005
AUTOGROUP = Path("/proc/self/autogroup")


class Player:
    """A driver and its core, from opening to silence."""

    def __init__(self, driver: Driver, settings: Settings) -> None:
        self.driver = driver
        self._settings = settings
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._metrics = Metrics(CollectorRegistry())
        self._endpoint: WSGIServer | None = None
        self.core = Core(
            driver,
            player_id=settings.id,
            epoch=str(uuid7()),
            volume=settings.volume,
            crossfade=timedelta(seconds=settings.crossfade_s),
            failures_in_a_row=settings.failures_in_a_row,
        )

    async def open(self) -> None:
        await self.driver.open(self._wake_up)
        if port := self._settings.metrics_port:
            self._endpoint, _ = self._metrics.serve(port)

    def info(self) -> Info:
        return Info(
            player_id=self._settings.id,
            name=self._settings.name,
            version=version("backline"),
            driver=self.driver.kind,
            protocol_version=PROTOCOL_VERSION,
            capabilities=self.driver.capabilities,
            outputs=tuple(self.driver.outputs()),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Hear what happens as it happens; on `stop`, be silent within a second."""
        while not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_NAP_S):
                    await self._wake.wait()
            self._wake.clear()
            self._metrics.show(self.core.state())
        await self.close()

    async def close(self) -> None:
        """Fade out, tell the watchers where it stopped, let go of the sound device."""
        if self._closed:
            return
        self._closed = True
        latency = self.core.state().anchor.output_latency
        self.core.shutdown()
        self.core.journal.drop_watchers()
        if latency:
            await asyncio.sleep((SHUTDOWN_FADE + latency).total_seconds())
        await self.driver.close()
        if self._endpoint is not None:
            await asyncio.to_thread(self._endpoint.shutdown)
            self._endpoint.server_close()

    def _wake_up(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._wake.set)


def build_driver(settings: Settings, clock: Clock) -> Driver:
    lead = timedelta(seconds=settings.need_next_s)
    if settings.driver == "emulated":
        return EmulatedDriver(
            begin=clock.now(),
            elapsed=_stopwatch() if settings.clock == "real" else None,
            lead=lead,
        )
    # numpy and the sound library are only loaded where they are used.
    from backline.player.miniaudio.driver import MiniaudioDriver  # noqa: PLC0415

    # The audio callback is Python and waits for the interpreter lock: at the default of 5 ms
    # per turn, three busy threads can hold it up for longer than the device's buffer lasts.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _ask_for_priority(settings.niceness)
    return MiniaudioDriver(
        clock=clock,
        output=settings.output,
        buffer=timedelta(milliseconds=settings.buffer_ms),
        lead=lead,
        media_root=settings.media_root,
    )


def _ask_for_priority(niceness: int) -> None:
    """Before the driver's first thread, because threads inherit it; without the right, in vain."""
    with suppress(OSError, AttributeError):  # not permitted, or not known here
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    # Where Linux groups processes by session, niceness only counts inside of the group.
    with suppress(OSError):
        AUTOGROUP.write_text(str(niceness))


async def build(settings: Settings | None = None, *, driver: Driver | None = None) -> Service:
    """The player as a service: doors, and the loop that follows the driver.

    Args:
        driver: Instead of the one that `settings` names.
    """
    settings = settings or Settings()
    driver = driver or build_driver(settings, SystemClock())
    player = Player(driver, settings)
    await player.open()
    services = pb.DESCRIPTOR.services_by_name
    names = [services["Player"].full_name]
    if isinstance(driver, EmulatedDriver):
        names.append(services["EmulatorControl"].full_name)

    def add_servicers(server: grpc.aio.Server) -> None:
        player_pb2_grpc.add_PlayerServicer_to_server(
            PlayerServicer(player.core, player.info), server
        )
        if isinstance(driver, EmulatedDriver):
            player_pb2_grpc.add_EmulatorControlServicer_to_server(
                EmulatorServicer(player.core, driver), server
            )

    return Service(
        name="player",
        add_servicers=add_servicers,
        rpc_names=tuple(names),
        background={"sound": player.run},
        close=player.close,
    )


def _stopwatch() -> Callable[[], timedelta]:
    begun = monotonic_ns()
    return lambda: timedelta(microseconds=(monotonic_ns() - begun) // 1000)
