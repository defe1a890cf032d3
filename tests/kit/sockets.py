"""A hub behind a real uvicorn, and clients that talk to it, some of them badly."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import Unauthenticated
from backline.kit.realtime.admission import SocketAuthenticator
from backline.kit.realtime.hub import Hub
from backline.kit.testing.clock import FixedClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.serving import serving


class InvalidToken(Unauthenticated):
    pass


@dataclass(frozen=True)
class Admitted:
    actor: Actor
    expires_at: float


class Room:
    """A hub behind a real server, with tickets and tokens made by hand."""

    def __init__(self, **options: Any) -> None:
        self.clock = FixedClock()
        self.known: dict[str, Admitted] = {}
        self.redeemed: list[tuple[str, str]] = []
        self.personal: list[dict[str, Any]] = []
        self.hub = Hub(
            name="test",
            member="queue",
            authenticator=SocketAuthenticator(redeem=self.redeem, verify=self.verify),
            clock=self.clock,
            origins=["https://listed.example"],
            greeting=self.greeting,
            **options,
        )
        self.app = FastAPI()
        self.app.add_api_websocket_route("/ws", self.ws)
        self.address = ""

    async def ws(self, websocket: WebSocket) -> None:
        await self.hub.serve(websocket)

    async def greeting(self, actor: Actor) -> list[dict[str, Any]]:
        return self.personal

    async def redeem(self, ticket: str, origin: str) -> Admitted:
        self.redeemed.append((ticket, origin))
        if ticket not in self.known:
            raise InvalidToken("Log in again.")
        return self.known.pop(ticket)

    def verify(self, token: str) -> Admitted:
        if token not in self.known:
            raise InvalidToken("Log in again.")
        return self.known[token]

    def pass_for(
        self,
        name: str,
        *,
        user: int = 7,
        session: str = "s1",
        lives_s: int = 600,
        role: Role = Role.LISTENER,
    ) -> str:
        actor = Actor(user, role, "Ann", session)
        self.known[name] = Admitted(actor, self.clock.now().timestamp() + lives_s)
        return name

    def join(self, ticket: str | None = None, *, query: str = "", **options: Any) -> connect:
        if ticket is not None:
            options["subprotocols"] = ["backline.v1", f"bl.ticket.{ticket}"]
        return connect(f"ws://{self.address}/ws{query}", compression=None, **options)

    def joined(self, **about: Any) -> connect:
        return self.join(self.pass_for(f"t{len(self.redeemed)}-{len(self.known)}", **about))

    def publish(self, revision: int, **document: Any) -> None:
        self.hub.publish({"revision": revision, **document}, revision)


@asynccontextmanager
async def a_room(**options: Any) -> AsyncIterator[Room]:
    room = Room(**options)
    async with serving(room.app) as room.address:
        yield room


async def told(client: ClientConnection, kind: str) -> Any:
    """The next message of this kind; others before it are passed over."""
    async with asyncio.timeout(10):
        while True:
            message = json.loads(await client.recv())
            if message["type"] == kind:
                return message


async def closed(client: ClientConnection) -> tuple[int, str]:
    """Read to the end, and say how it ended."""
    async with asyncio.timeout(20):
        with suppress(ConnectionClosed):
            while True:
                await client.recv()
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


class RawClient:
    """A socket whose bytes the test writes by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> None:
        self.writer.write(Frame(opcode, data, fin=fin).serialize(mask=mask))

    async def close_code(self) -> int | None:
        """The code of the close frame; None if the connection was cut without one."""
        end = b""
        async with asyncio.timeout(30):
            while not (code := _close_code(end)):
                try:
                    data = await self.reader.read(65536)
                except ConnectionResetError:
                    return None
                if not data:
                    return None
                end = (end + data)[-200:]
        return code


def _close_code(end: bytes) -> int | None:
    """The code, if what was read last is a whole close frame."""
    at = end.rfind(b"\x88")
    if at < 0 or len(end) < at + 4 or len(end) != at + 2 + end[at + 1]:
        return None
    return int.from_bytes(end[at + 2 : at + 4])


def handshake(address: str, ticket: str) -> bytes:
    """The request that opens a socket."""
    return (
        f"GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: backline.v1, bl.ticket.{ticket}\r\n\r\n"
    ).encode()


@asynccontextmanager
async def raw_client(room: Room, *, receive_buffer: int | None = None) -> AsyncIterator[RawClient]:
    ticket = room.pass_for(f"raw-{len(room.redeemed)}", user=66)
    at = urlsplit(f"//{room.address}")
    plain = socket.socket()
    if receive_buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)  # noqa: FBT003
    await asyncio.get_running_loop().sock_connect(plain, (at.hostname, at.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(handshake(room.address, ticket))
    await reader.readuntil(b"\r\n\r\n")
    await eventually(lambda: 66 in room.hub.present_users)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()
