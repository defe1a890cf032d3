"""uvicorn's WebSocket protocol, with a door to its transport.

A thousand `await websocket.send_text(...)` per change cost a task, three coroutines and a frame
header for every client. Through the ASGI extension `backline.socket` the hub hands the finished
bytes of a frame to the transport of each client instead, and never waits for any of them.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request

from backline.kit.realtime.rates import TokenBucket

EXTENSION = "backline.socket"
CLOSE_WITHIN_S = 5.0
MOST_FRAGMENTS = 256
CONTROL_FRAMES_PER_S = 5.0
CONTROL_FRAMES_BURST = 40


class RoomProtocol(WebSocketsSansIOProtocol):
    """The server's end of one socket.

    Beyond uvicorn's own it refuses floods of control frames and of tiny fragments, and cuts a
    connection that does not take its last bytes in time instead of waiting for it for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_writable: Callable[[], None] | None = None
        self._fragments = 0
        self._control = TokenBucket(CONTROL_FRAMES_PER_S, CONTROL_FRAMES_BURST, monotonic())

    # What the hub uses.

    @property
    def can_write(self) -> bool:
        """False while the client reads more slowly than it is sent to."""
        return self.writable.is_set()

    def write(self, wire: bytes) -> None:
        """Send the bytes of one whole frame. Never waits; what is written after the end is lost."""
        if not self.close_sent and not self.disconnected:
            self.transport.write(wire)

    def on_writable(self, callback: Callable[[], None] | None) -> None:
        """Call `callback` whenever the client has caught up."""
        self._on_writable = callback

    def end(self, code: int, reason: str) -> None:
        """Close with `code`; cut the connection if the client does not answer in 5 s."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    # What uvicorn calls.

    @override
    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004 - Switching Protocols
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._on_writable is not None:
            self._on_writable()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._on_writable = None
        super().connection_lost(exc)

    @override
    def handle_events(self) -> None:
        for event in self.conn.events_received():
            if isinstance(event, Request):
                self.handle_connect(event)
            elif isinstance(event, Frame):
                self._handle_frame(event)

    def _handle_frame(self, frame: Frame) -> None:
        if self.disconnected:
            return
        if frame.opcode in {Opcode.PING, Opcode.PONG}:
            if not self._control.take(monotonic()) or not self.writable.is_set():
                self.transport.abort()
                return
            if frame.opcode is Opcode.PING:
                self.handle_ping()
            else:
                self.handle_pong(frame)
        elif frame.opcode is Opcode.CLOSE:
            self.handle_close(frame)
        elif frame.opcode is Opcode.CONT:
            self._fragments += 1
            if self._fragments > MOST_FRAGMENTS:
                self.frames = []
                self.end(1009, "too many fragments")
            else:
                self.handle_cont(frame)
        else:
            self._fragments = 0
            if frame.opcode is Opcode.TEXT:
                self.handle_text(frame)
            else:
                self.handle_bytes(frame)

    @override
    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(self.frames):
            self.frames = []
            self.end(1007, "not UTF-8")
            return
        super().send_receive_event_to_app()

    @override
    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # A peer that is gone never takes the rest of its data: waiting for that leaks the socket.
        self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    @override
    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    def _resume_reading(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()


def _is_utf8(parts: list[bytes]) -> bool:
    try:
        (parts[0] if len(parts) == 1 else b"".join(parts)).decode()
    except UnicodeDecodeError:
        return False
    return True
