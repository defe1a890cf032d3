"""[queue_read] `GET /queue` with 200 items out of the cache, against a route with the same bytes.

Ours is the jukebox as the box serves it: request context, deadline, security headers, metrics,
the look for a token, the cache; behind it a real database that is read when the cache runs out.
The reference is a bare FastAPI route that returns those very bytes. Same uvicorn, same loop, one
process each on one core; 16 connections on the other core ask again when they have their answer.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import cast

import uvloop
from typing_extensions import override

from harness import claim, in_turns, percentile, pin
from queue_add import database, serve, tracks

CONNECTIONS = 16
REQUESTS = 4000
ITEMS = 200
PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools")
REQUEST = b"GET /queue HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n"


async def serve_ours(url: str, media: str, announce: int) -> None:
    from backline.jukebox.settings import Settings
    from backline.jukebox.wiring import build

    service = await build(Settings(database_url=url, media_dir=Path(media), disk_floor_bytes=0))
    assert service.app is not None
    await serve(service.app, announce)


async def serve_reference(body: str, announce: int) -> None:
    from fastapi import FastAPI, Response

    content = Path(body).read_bytes()  # noqa: ASYNC240 - nothing else runs yet
    app = FastAPI()

    async def queue() -> Response:
        return Response(content, media_type="application/json")

    app.add_api_route("/queue", queue)
    await serve(app, announce)


@contextmanager
def process(*arguments: str) -> Iterator[int]:
    """Run this script as a server; its port."""
    read, write = os.pipe()
    command = [sys.executable, __file__, *arguments, str(write)]
    server = subprocess.Popen(command, pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            line = pipe.readline()
        assert line, "the server did not start"
        yield int(line)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


@dataclass
class Round:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.seconds


class Client(asyncio.Protocol):
    """One keep-alive connection that asks again when it has its answer."""

    def __init__(self, waiting: Iterator[int], result: Round, done: asyncio.Event) -> None:
        self._waiting = waiting
        self._result = result
        self._done = done
        self._left = 0
        self._sent_at = 0.0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    @override
    def data_received(self, data: bytes) -> None:
        if not self._left:
            head, end, _ = data.partition(b"\r\n\r\n")
            assert end, data[:200]
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            self._left = len(head) + len(end) + length
        self._left -= len(data)
        if not self._left:
            self._result.latencies.append(perf_counter() - self._sent_at)
            self._ask()

    def _ask(self) -> None:
        if next(self._waiting, None) is None:
            self._transport.close()
            self._done.set()
            return
        self._sent_at = perf_counter()
        self._transport.write(REQUEST)


async def measure(port: int, requests: int = REQUESTS) -> Round:
    loop = asyncio.get_running_loop()
    result = Round()
    waiting = iter(range(requests))
    ends = [asyncio.Event() for _ in range(CONNECTIONS)]
    began = perf_counter()
    for done in ends:
        await loop.create_connection(partial(Client, waiting, result, done), "127.0.0.1", port)
    for done in ends:
        await done.wait()
    result.seconds = perf_counter() - began
    return result


async def fill(url: str) -> None:
    """Put 200 items into the queue."""
    import asyncpg

    from backline.kit.core.ids import uuid7
    from backline.kit.db.engine import asyncpg_url

    chosen = (await tracks(url))[:ITEMS]
    connection = await asyncpg.connect(asyncpg_url(url))
    await connection.executemany(
        "INSERT INTO queue_items (id, track_id, title, artist, duration_s, added_by_id,"
        " added_by_name, added_at, state, votes, heard_s, dismissed, rank)"
        " VALUES ($1, $2, $3, $4, 183.2, $5, $6, now(), 'queued', 0, 0, false, $7)",
        [
            (uuid7(), track, f"Song {n}", f"Artist {n % 50}", n % 40, f"Person {n % 40}", n + 1)
            for n, track in enumerate(chosen)
        ],
    )
    await connection.close()


async def body_of(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


async def main() -> bool:
    pin(1)
    async with database() as url:
        await fill(url)
        with tempfile.TemporaryDirectory() as folder, process("ours", url, folder) as ours:
            body = await body_of(ours)
            assert body.count(b'"state":"queued"') == ITEMS, body[:500]
            saved = Path(folder) / "queue.json"
            saved.write_bytes(body)
            with process("reference", str(saved)) as reference:
                assert await body_of(reference) == body
                for port in (ours, reference):
                    await measure(port, REQUESTS // 4)
                mine, theirs = await in_turns(lambda: measure(ours), lambda: measure(reference))
    print(f"  {len(body)} bytes each")
    for name, rounds in (("ours", mine), ("reference", theirs)):
        latencies = [latency for each in rounds for latency in each.latencies]
        print(
            f"  {name}: p50 {percentile(latencies, 0.5) * 1000:.1f} ms,"
            f" p99 {percentile(latencies, 0.99) * 1000:.1f} ms"
        )
    return claim(
        "queue_read",
        ours=[each.per_s for each in mine],
        reference=[each.per_s for each in theirs],
        unit="requests/s",
        goal=">=0.5",
        packages=PACKAGES,
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours", url, media, announce]:
            pin(0)
            uvloop.run(serve_ours(url, media, int(announce)))
        case ["reference", body, announce]:
            pin(0)
            uvloop.run(serve_reference(body, int(announce)))
        case _:
            sys.exit(0 if uvloop.run(main()) else 1)
