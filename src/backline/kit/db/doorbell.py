"""Wake-ups between processes: "something changed, look again". Never the data itself.

`pg_notify` inside a business transaction costs up to three quarters of the write throughput
(PostgreSQL serialises commits that notify). A doorbell is rung after the commit, on a connection
of its own, and not more often than every 5 ms.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Protocol

from typing_extensions import override

from backline.kit.db.connection import Connection, connected
from backline.kit.db.outage import Patience

AT_MOST_EVERY_S = 0.005
_COMMAND_TIMEOUT_S = 5.0
# A connection that died without a word (a cut cable, a frozen server) is found by asking.
_PROBE_EVERY_S = 10.0
_LAST_RINGS_S = 1.0


class Doorbell(Protocol):
    def ring(self, channel: str) -> None:
        """Wake all listeners of `channel`, soon. Rings in quick succession become one."""
        ...

    def listen(
        self, channel: str, *, every_s: float, until: asyncio.Event | None = None
    ) -> AsyncIterator[None]:
        """Yield at once, then at each ring, and at the latest every `every_s` seconds.

        A ring may be lost (a broken connection); the period is what makes waiting for it safe.

        Args:
            until: Ends the iteration once it is set, in the middle of a wait too.
        """
        ...


class MemoryDoorbell:
    """Rings within one process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def ring(self, channel: str) -> None:
        for rung in self._listeners.get(channel, ()):
            rung.set()

    async def listen(
        self, channel: str, *, every_s: float, until: asyncio.Event | None = None
    ) -> AsyncIterator[None]:
        rung = asyncio.Event()
        ended = asyncio.ensure_future((until or asyncio.Event()).wait())
        ended.add_done_callback(lambda _: rung.set())
        self._listeners[channel].add(rung)
        try:
            self._listening()
            while until is None or not until.is_set():
                rung.clear()
                yield
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(every_s):
                        await rung.wait()
        finally:
            ended.cancel()
            self._listeners[channel].discard(rung)
            if not self._listeners[channel]:
                del self._listeners[channel]

    def _listening(self) -> None:
        """Somebody has begun to listen."""


class PostgresDoorbell(MemoryDoorbell):
    """Rings through every process that is connected to the same database.

    One connection, opened at the first use, reopened whenever it breaks. While it is broken,
    rings are kept and listeners look again by themselves.

    Args:
        probe_every_s: Seconds of silence after which the connection is asked whether it lives.
    """

    def __init__(self, url: str, *, probe_every_s: float = _PROBE_EVERY_S) -> None:
        super().__init__()
        self._probe_every_s = probe_every_s
        self._url = url
        self._pending: set[str] = set()
        self._heard: set[str] = set()
        self._changed = asyncio.Event()
        self._closing = False
        self._running: asyncio.Task[None] | None = None

    @override
    def ring(self, channel: str) -> None:
        super().ring(channel)
        self._pending.add(channel)
        self._wake()

    async def close(self) -> None:
        """Send what was rung and hang up."""
        self._closing = True
        if self._running is None:
            return
        self._changed.set()
        await asyncio.wait([self._running], timeout=_LAST_RINGS_S)
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    @override
    def _listening(self) -> None:
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        if self._running is None and not self._closing:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        patience = Patience("doorbell")
        while not self._closing:
            try:
                async with connected(self._url, application_name="backline doorbell") as connection:
                    connection.add_termination_listener(lambda _: self._changed.set())
                    self._heard.clear()
                    await self._exchange(connection)
                    patience.over()
                    self._wake_all()
                    await self._serve(connection)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is logged and tried again
                await patience.wait(error)

    async def _serve(self, connection: Connection) -> None:
        """Carry rings in both directions until the connection breaks or `close` is called."""
        while not self._closing:
            try:
                async with asyncio.timeout(self._probe_every_s):
                    await self._changed.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=_COMMAND_TIMEOUT_S)
            self._changed.clear()
            if connection.is_closed():
                raise ConnectionResetError("The server hung up.")
            await self._exchange(connection)
            await asyncio.sleep(AT_MOST_EVERY_S)

    async def _exchange(self, connection: Connection) -> None:
        """Listen to what is wanted now, and send what was rung."""
        wanted = set(self._listeners)
        for channel in wanted - self._heard:
            await connection.add_listener(channel, self._on_notification)
        for channel in self._heard - wanted:
            await connection.remove_listener(channel, self._on_notification)
        self._heard = wanted
        if self._pending:
            rung = list(self._pending)
            await connection.execute(
                "SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel",
                rung,
                timeout=_COMMAND_TIMEOUT_S,
            )
            self._pending.difference_update(rung)

    def _on_notification(self, connection: Any, sender: int, channel: Any, _: object) -> None:
        # Listeners of this process were woken when the bell was rung.
        if sender != connection.get_server_pid():
            super().ring(channel)

    def _wake_all(self) -> None:
        """After an interruption: nobody knows what was missed."""
        for channel in list(self._listeners):
            super().ring(channel)
