"""[fanout] One change to 1,000 WebSocket clients, against a bare `websockets` broadcast.

Ours is the whole way of a change: compare two documents of 200 items, encode the patch, hand it
to 1,000 sockets behind uvicorn. The reference is `websockets.asyncio.server.broadcast` of the
same bytes, encoded beforehand. Both run under uvloop in a process of their own, without pings,
which these clients would not answer; the clients read plain sockets by epoll in this one. The
next change is made when everybody has the one before; deliveries/s are taken from the median
change, so that a busy moment of the machine counts little.
"""

import argparse
import asyncio
import os
import select
import socket
import statistics
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from harness import ROUNDS, allow_many_files, claim, in_turns, percentile, pin, run

CLIENTS = 1000
WARM_UP = 30
CHANGES = 300
SLOW_CHANGES = (
    340  # of 12 kB each: more than the kernel, the transport and the backlog hold together
)
SMALL = 700  # bytes of text that change: with the patch around them about what one new item takes
LARGE = 12_000
ITEMS = 200
PACKAGES = ("websockets", "uvicorn", "uvloop", "orjson")


def document(revision: int, size: int) -> dict[str, Any]:
    """A queue of 200 items, one of which changes from revision to revision."""
    return {
        "revision": revision,
        "items": [
            {
                "id": f"0193{number:08x}",
                "track": {"id": f"t{number}", "title": f"Title {number}", "duration_s": 183.2},
                "added_by": {"id": number % 40, "display_name": f"Person {number % 40}"},
                "state": "queued",
                "votes": number % 7,
                "note": f"{revision:010d}" * (size // 10) if number == revision % ITEMS else "",
            }
            for number in range(ITEMS)
        ],
    }


# The servers; each in a process of its own, told what to do over the descriptor it inherits.


async def serve_ours(control: socket.socket, size: int, count: int) -> None:
    import uvicorn
    from fastapi import FastAPI, WebSocket

    from backline.kit.core.actor import Actor, Role
    from backline.kit.core.clock import SystemClock
    from backline.kit.http.serve import uvicorn_config
    from backline.kit.realtime.admission import SocketAuthenticator
    from backline.kit.realtime.hub import Hub
    from backline.kit.testing.eventually import eventually

    @dataclass
    class Admitted:
        actor: Actor
        expires_at: float = float("inf")

    async def redeem(ticket: str, origin: str) -> Admitted:
        return Admitted(Actor(int(ticket), Role.LISTENER))

    def verify(token: str) -> Admitted:
        raise NotImplementedError

    hub = Hub(
        name="bench",
        member="queue",
        authenticator=SocketAuthenticator(redeem=redeem, verify=verify),
        clock=SystemClock(),
    )
    app = FastAPI()

    async def ws(websocket: WebSocket) -> None:
        await hub.serve(websocket)

    app.add_api_websocket_route("/ws", ws)
    server = uvicorn.Server(
        uvicorn_config(app, host="127.0.0.1", port=0, backlog=4096, ws_ping_interval=None)
    )
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    documents = [document(revision, size) for revision in range(count)]
    hub.publish(documents[0], 0)
    port = server.servers[0].sockets[0].getsockname()[1]
    await obey(control, port, lambda number: hub.publish(documents[number], number))
    server.should_exit = True
    await task


async def serve_reference(control: socket.socket, size: int, count: int) -> None:
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    from backline.kit.realtime.frames import encode
    from backline.kit.realtime.patches import changes_between

    payloads = [b""]
    before = document(0, size)
    for revision in range(1, count):
        after = document(revision, size)
        message = {"type": "patch", "revision": revision, "base": revision - 1}
        payloads.append(encode({**message, "changes": changes_between(before, after)}).payload)
        before = after

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(
        handler, "127.0.0.1", 0, compression=None, backlog=4096, ping_interval=None
    ) as server:
        port = server.sockets[0].getsockname()[1]
        await obey(
            control,
            port,
            lambda number: broadcast(server.connections, payloads[number], text=True),
        )


async def obey(control: socket.socket, port: int, change: Any) -> None:
    """Tell the port; make a change per number that comes in, and answer when it was begun."""
    loop = asyncio.get_running_loop()
    control.setblocking(False)  # noqa: FBT003
    await loop.sock_sendall(control, struct.pack("!q", port))
    while order := await loop.sock_recv(control, 4):
        begun = monotonic_ns()
        change(struct.unpack("!i", order)[0])
        await loop.sock_sendall(control, struct.pack("!q", begun))


# The clients, in this process.


class Crowd:
    """Many sockets, read by epoll; each change is one frame that ends with the known bytes."""

    def __init__(self, port: int, count: int) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._got: dict[int, int] = {}
        for number in range(count):
            self._add(port, number + 1)

    def _add(self, port: int, user: int) -> None:
        client = connect(port, user)
        client.setblocking(False)  # noqa: FBT003
        self._sockets[client.fileno()] = client
        self._poll.register(client.fileno(), select.EPOLLIN)

    def drain(self) -> None:
        """Read away whatever was said so far: greetings, snapshots."""
        while events := self._poll.poll(0.3):
            for descriptor, _ in events:
                self._sockets[descriptor].recv(1 << 20)

    def receive(self, size: int) -> list[int]:
        """When each of them had its `size` bytes, on the monotonic clock."""
        open_yet = dict.fromkeys(self._sockets, size)
        times: list[int] = []
        while open_yet:
            for descriptor, _ in self._poll.poll(10):
                got = len(self._sockets[descriptor].recv(1 << 18))
                assert got, "a client was cut off"
                left = open_yet[descriptor] - got
                if left:
                    open_yet[descriptor] = left
                else:
                    times.append(monotonic_ns())
                    del open_yet[descriptor]
        return times

    def close(self) -> None:
        for client in self._sockets.values():
            client.close()
        self._poll.close()


def connect(port: int, user: int, *, receive_buffer: int | None = None) -> socket.socket:
    client = socket.socket()
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(("127.0.0.1", port))
    client.sendall(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        + f"Sec-WebSocket-Protocol: bl.ticket.{user}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    assert b" 101 " in head, head
    return client


@dataclass(frozen=True)
class Measured:
    per_s: float
    p99_ms: float


class Arena:
    """One server in its process, and the crowd that watches it."""

    def __init__(self, control: socket.socket, size: int, count: int) -> None:
        self._control = control
        self._sizes = frame_sizes(size, count)
        self._next = 1
        (self.port,) = struct.unpack("!q", control.recv(8))
        self.crowd = Crowd(self.port, CLIENTS)
        self.crowd.drain()

    def change(self, times: int) -> Measured:
        """Make changes one after the other, each when everybody has the one before."""
        spent_s: list[float] = []
        delays_ms: list[float] = []
        for number in range(self._next, self._next + times):
            self._control.sendall(struct.pack("!i", number))
            arrived = self.crowd.receive(self._sizes[number])
            (begun,) = struct.unpack("!q", self._control.recv(8))
            spent_s.append((arrived[-1] - begun) / 1e9)
            delays_ms += [(at - begun) / 1e6 for at in arrived]
        self._next += times
        return Measured(CLIENTS / statistics.median(spent_s), percentile(delays_ms, 0.99))


@asynccontextmanager
async def an_arena(kind: str, size: int, count: int) -> AsyncIterator[Arena]:
    ours, theirs = socket.socketpair()
    arguments = [sys.executable, __file__, "--serve", kind, "--size", str(size)]
    arguments += ["--control", str(theirs.fileno()), "--count", str(count)]
    process = await asyncio.create_subprocess_exec(*arguments, pass_fds=[theirs.fileno()])
    theirs.close()
    try:
        arena = Arena(ours, size, count)
        yield arena
        arena.crowd.close()
    finally:
        ours.close()
        await process.wait()


async def measure(kind: str) -> Measured:
    """One server, 1,000 clients, 300 changes."""
    async with an_arena(kind, SMALL, WARM_UP + CHANGES + 1) as arena:
        arena.change(WARM_UP)
        result = arena.change(CHANGES)
    print(f"  {kind}: {result.per_s:.0f}/s, p99 {result.p99_ms:.2f} ms")
    return result


async def measure_slow() -> tuple[Measured, Measured]:
    """The same 1,000 clients with one beside them that never reads, and without it."""
    async with an_arena("ours", LARGE, WARM_UP + 2 * SLOW_CHANGES + 1) as arena:
        arena.change(WARM_UP)
        with connect(arena.port, CLIENTS + 1, receive_buffer=4096) as idle:
            beside = arena.change(SLOW_CHANGES)
            assert told_to_resync(idle), "the client that never reads was not closed"
        alone = arena.change(SLOW_CHANGES)
    for name, result in (("one never reads", beside), ("all read", alone)):
        print(f"  {name}: {result.per_s:.0f}/s, p99 {result.p99_ms:.2f} ms")
    return beside, alone


def told_to_resync(idle: socket.socket) -> bool:
    """Whether the last thing this client finds in its buffers is 1013."""
    idle.settimeout(10)
    end = b""
    try:
        while data := idle.recv(1 << 16):
            end = (end + data)[-64:]
    except ConnectionResetError:
        return True  # It was cut when it did not take the close frame in time.
    return b"\x88\x08" + struct.pack("!H", 1013) + b"resync" in end


def frame_sizes(size: int, count: int) -> list[int]:
    """How many bytes the frame of each change has on the wire."""
    from backline.kit.realtime.frames import encode
    from backline.kit.realtime.patches import changes_between

    sizes = [0]
    before = document(0, size)
    for revision in range(1, count):
        after = document(revision, size)
        message = {"type": "patch", "revision": revision, "base": revision - 1}
        sizes.append(len(encode({**message, "changes": changes_between(before, after)}).wire))
        before = after
    return sizes


async def bench() -> bool:
    allow_many_files()
    pin(1)
    ours, reference = await in_turns(lambda: measure("ours"), lambda: measure("reference"))
    pairs = [await measure_slow() for _ in range(ROUNDS)]
    held = [
        claim(
            "fanout",
            ours=[each.per_s for each in ours],
            reference=[each.per_s for each in reference],
            unit="deliveries/s",
            goal=">=0.7",
            packages=PACKAGES,
        ),
        claim(
            "fanout_p99",
            ours=[each.p99_ms for each in ours],
            reference=[each.p99_ms for each in reference],
            unit="ms",
            goal="<=1.5",
            packages=PACKAGES,
        ),
        claim(
            "fanout_slow_client",
            ours=[beside.per_s for beside, _ in pairs],
            reference=[alone.per_s for _, alone in pairs],
            unit="deliveries/s",
            goal=">=0.9",
            packages=PACKAGES,
            note="the reference is ours without the client that never reads",
        ),
    ]
    return all(held)


def serve(arguments: Sequence[str]) -> None:
    import uvloop

    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", choices=["ours", "reference"])
    parser.add_argument("--control", type=int)
    parser.add_argument("--size", type=int)
    parser.add_argument("--count", type=int)
    chosen = parser.parse_args(arguments)
    allow_many_files()
    pin(0)
    control = socket.socket(fileno=chosen.control)
    server = serve_ours if chosen.serve == "ours" else serve_reference
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server(control, chosen.size, chosen.count))


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve(sys.argv[1:])
        os._exit(0)
    run(bench)
