"""The way out to one client: never waited for, and bounded."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from backline.kit.realtime.frames import Frame

TRY_AGAIN_LATER = 1013
RESYNC = "resync"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far a client may fall behind before it has to start again from a snapshot."""

    messages: int = 256
    size: int = 1024 * 1024


class Socket(Protocol):
    """What the ASGI extension `backline.socket` offers; see `protocol.RoomProtocol`."""

    @property
    def can_write(self) -> bool: ...
    def write(self, wire: bytes) -> None: ...
    def on_writable(self, callback: Callable[[], None] | None) -> None: ...
    def end(self, code: int, reason: str) -> None: ...


class _Queue:
    """Frames that wait for a slow client."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self._frames: deque[Frame] = deque()
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._frames)

    def put(self, frame: Frame) -> bool:
        """Append `frame`, or return False if the backlog is full."""
        size = self._size + len(frame.wire)
        if len(self._frames) >= self._backlog.messages or size > self._backlog.size:
            return False
        self._frames.append(frame)
        self._size = size
        return True

    def take(self) -> Frame:
        frame = self._frames.popleft()
        self._size -= len(frame.wire)
        return frame

    def clear(self) -> None:
        self._frames.clear()
        self._size = 0


class Outlet:
    """Sends frames to one client in order, without ever waiting for it.

    Finished frames go straight to the transport, and are queued only while the client is slow.
    A client that falls further behind than its `Backlog` is closed with 1013 "resync".

    Attributes:
        overflowed: Whether the client was closed because it fell behind.
    """

    def __init__(self, socket: Socket, backlog: Backlog) -> None:
        self._socket = socket
        self._waiting = _Queue(backlog)
        self._closed = False
        self.overflowed = False
        socket.on_writable(self._flush)

    def send(self, frame: Frame) -> None:
        """Send now, or as soon as the client has caught up."""
        if self._closed:
            return
        if not self._waiting and self._socket.can_write:
            self._socket.write(frame.wire)
        elif not self._waiting.put(frame):
            self.overflowed = True
            self.close(TRY_AGAIN_LATER, RESYNC)

    def close(self, code: int, reason: str) -> None:
        """End the connection; what waits is dropped. Closing twice is closing once."""
        if not self._closed:
            self._closed = True
            self._waiting.clear()
            self._socket.on_writable(None)
            self._socket.end(code, reason)

    def _flush(self) -> None:
        while self._waiting and self._socket.can_write:
            self._socket.write(self._waiting.take().wire)
