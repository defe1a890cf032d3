"""What a process and its supervisor say to each other, over one pair of sockets.

The child waits for `go` (everything it needs has started), then tells every two seconds whether
it can do its work. The end of the stream tells either side that the other one is gone.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
import socket
import sys
from typing import Protocol

REPORT_EVERY_S = 2.0
SILENCE_S = 30.0

_PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


class Supervision(Protocol):
    """The child's side."""

    async def wait_go(self) -> None:
        """Return once everything this process needs has been started."""
        ...

    def report(self, reason: str | None) -> None:
        """Tell whether this process can do its work; if not, why."""
        ...

    async def gone(self) -> None:
        """Return once the supervisor has died."""
        ...


class Alone:
    """A process that nobody supervises: it goes at once and never stops by itself."""

    _told: str | None = ""

    async def wait_go(self) -> None:
        return

    def report(self, reason: str | None) -> None:
        if reason != self._told:
            logger.info("ready" if reason is None else reason)
        self._told = reason

    async def gone(self) -> None:
        await asyncio.Event().wait()


class Supervised:
    """A child of our supervisor, with its end of the pair as a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._go = asyncio.Event()
        self._gone = asyncio.Event()
        self._reader = asyncio.get_running_loop().create_task(self._read())
        if sys.platform.startswith("linux"):
            # Also when this process is too busy to notice the end of the stream.
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)

    async def wait_go(self) -> None:
        await self._go.wait()

    def report(self, reason: str | None) -> None:
        line = "ready" if reason is None else f"waiting {' '.join(reason.split())[:500]}"
        try:
            self._socket.send(f"{line}\n".encode())
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return  # It will hear the next one, or never again.

    async def gone(self) -> None:
        await self._gone.wait()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._socket, 64):
                if b"go" in data:
                    self._go.set()
        except OSError:
            pass
        self._gone.set()
