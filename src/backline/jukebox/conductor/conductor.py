"""The conductor: one at a time, by lease; brings about at the player what the database says.

It holds no state that matters. Whatever it knew can be read again: what is wanted and what was
last seen from the database, what really happens from the player. So it may die at any moment, and
the next one goes on.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import structlog

from backline.jukebox.commands.leading import GiveBackLease, TakeLease
from backline.jukebox.conductor.session import Session, Tick, Timing, Wake
from backline.jukebox.domain.playback import ConductorReplaced
from backline.jukebox.domain.player import PlayerUnreachable
from backline.jukebox.ports import Player
from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock
from backline.kit.db.doorbell import Doorbell
from backline.kit.db.outage import Patience
from backline.kit.mediator import Mediator

ROOM_CHANNEL = "jukebox.room"

log = structlog.get_logger(__name__)


class Conductor:
    """Conducts while it holds the lease, and waits for the lease while it does not.

    Args:
        mediator: For everything in the database.
        player: The one that makes the sound.
        doorbell: Rings when the room has changed.
        owner: The name under which it holds the lease; different for each process.
        crossfade_s: By how much songs overlap.
    """

    def __init__(
        self,
        mediator: Mediator,
        player: Player,
        doorbell: Doorbell,
        *,
        clock: Clock,
        owner: str,
        timing: Timing | None = None,
        crossfade_s: float = 0.0,
    ) -> None:
        self._mediator = mediator
        self._player = player
        self._doorbell = doorbell
        self._clock = clock
        self._owner = owner
        self._timing = timing or Timing()
        self._crossfade_s = crossfade_s

    async def __call__(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then give the lease back, so that another goes on at once."""
        patience = Patience("conductor")
        while not stop.is_set():
            try:
                fence = await self._take_lease()
                if fence is None:
                    await _wait(stop, self._timing.renew_s / 2)
                    continue
                log.info("conductor_leads", fence=fence, owner=self._owner)
                await self._lead(fence, stop)
                patience.over()
            except ConductorReplaced:
                log.warning("conductor_replaced", owner=self._owner)
            except Exception as error:  # noqa: BLE001 - whatever it is: the room must go on
                await patience.wait(error, stop)
        with contextlib.suppress(Exception):  # it runs out by itself
            await self._mediator.send(GiveBackLease(owner=self._owner), actor=SYSTEM)

    async def _take_lease(self) -> int | None:
        return await self._mediator.send(
            TakeLease(owner=self._owner, for_s=self._timing.lease_s), actor=SYSTEM
        )

    async def _lead(self, fence: int, stop: asyncio.Event) -> None:
        wakes: asyncio.Queue[Wake] = asyncio.Queue(maxsize=1000)
        session = Session(
            self._mediator,
            self._player,
            self._clock,
            self._timing,
            fence=fence,
            crossfade_s=self._crossfade_s,
        )
        async with (
            _running(self._renew(fence), wakes),
            _running(self._ring(wakes, stop), wakes),
            _running(self._watch(wakes, session), wakes),
        ):
            while not stop.is_set():
                wake = await wakes.get()
                if isinstance(wake, Exception):
                    raise wake
                await session.take(wake, more=not wakes.empty())

    async def _renew(self, fence: int) -> None:
        while True:
            await asyncio.sleep(self._timing.renew_s)
            if await self._take_lease() != fence:
                raise ConductorReplaced("Another conductor leads now.")

    async def _ring(self, wakes: asyncio.Queue[Wake], stop: asyncio.Event) -> None:
        bells = self._doorbell.listen(ROOM_CHANNEL, every_s=self._timing.tick_s, until=stop)
        async for _ in bells:
            await wakes.put(Tick())
        await wakes.put(Tick())

    async def _watch(self, wakes: asyncio.Queue[Wake], session: Session) -> None:
        """Pass the player's events on; come back for as long as the player is away."""
        away_since = monotonic()
        while True:
            with contextlib.suppress(PlayerUnreachable):
                async with contextlib.aclosing(
                    self._player.watch(await session.cursor())
                ) as events:
                    async for event in events:
                        away_since = monotonic()
                        await wakes.put(event)
            session.connected = False
            if monotonic() - away_since > self._timing.forgive_s:
                await session.tell_silence()
            await asyncio.sleep(self._timing.retry_s)


@asynccontextmanager
async def _running(
    work: Coroutine[Any, Any, None], wakes: asyncio.Queue[Wake]
) -> AsyncIterator[None]:
    task: asyncio.Task[None] = asyncio.create_task(work)

    def report(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            while wakes.full():
                wakes.get_nowait()
            wakes.put_nowait(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    task.add_done_callback(report)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _wait(stop: asyncio.Event, for_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            await stop.wait()
