"""[queue_add] Adding to the queue, against a bare route that inserts one row with asyncpg.

Ours is the whole way of `POST /queue` as the box serves it: token, body, limits of the policy,
revision, the event in the outbox, idempotency, the commit, and beside it the feed that publishes
each revision. The reference is FastAPI with a body of the same shape and one `INSERT` on an
asyncpg pool of the same size. Same PostgreSQL with its production settings, same uvicorn, one
process each, 32 clients that send their next request when the last one was answered. The queue is
emptied after each 400 additions: longer ones are not what a room has.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID

import uvloop
from typing_extensions import override

from harness import claim, in_turns, percentile, pin, run
from servers import postgres

CLIENTS = 32
BATCH = 400
BATCHES = 6
TRACKS = 500
USERS = 64
POOL = 8
PACKAGES = ("fastapi", "uvicorn", "asyncpg", "sqlalchemy", "pydantic")


# The servers; each in a process of its own.


async def serve(app: Any, announce: int) -> None:
    import uvicorn

    from backline.kit.http.serve import uvicorn_config

    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn_config(app)
    config.access_log = False
    server = uvicorn.Server(config)
    os.write(announce, b"%d\n" % listener.getsockname()[1])
    await server.serve(sockets=[listener])


async def serve_ours(url: str, media: str, key: str, announce: int) -> None:
    import orjson

    from backline.jukebox.settings import Settings
    from backline.jukebox.wiring import build

    settings = Settings(database_url=url, media_dir=Path(media), disk_floor_bytes=0, pool_size=POOL)
    service = await build(settings)
    assert service.app is not None
    gate = service.app.state.gate
    gate.keys.replace([orjson.loads(key)])
    stop = asyncio.Event()

    async def hear() -> None:
        # Identity is not there; its feed is what keeps writes from being confirmed one by one.
        while True:
            gate.revocations.heard()
            await asyncio.sleep(0.2)

    loops = [asyncio.ensure_future(hear())]
    for name, worker in service.background.items():
        if name != "jukebox-identity":
            loops.append(asyncio.ensure_future(worker(stop)))
    await serve(service.app, announce)


async def serve_reference(url: str, announce: int) -> None:
    import asyncpg
    from fastapi import FastAPI
    from pydantic import BaseModel

    from backline.kit.db.engine import asyncpg_url

    pool = await asyncpg.create_pool(asyncpg_url(url), min_size=POOL, max_size=POOL)
    await pool.execute(
        "CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " track_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now())"
    )
    app = FastAPI()

    class Body(BaseModel):
        track_id: UUID

    async def add(body: Body) -> dict[str, int]:
        number = await pool.fetchval(
            "INSERT INTO bare (track_id) VALUES ($1) RETURNING id", body.track_id
        )
        return {"id": number}

    app.add_api_route("/queue", add, methods=["POST"], status_code=201)
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


# The load.


@dataclass
class Round:
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.seconds


class Client(asyncio.Protocol):
    """One keep-alive connection that sends requests one after another."""

    def __init__(self, requests: Iterator[bytes], result: Round, done: asyncio.Event) -> None:
        self._requests = requests
        self._result = result
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        assert head.startswith(b"HTTP/1.1 201"), self._buffer
        self._result.latencies.append(perf_counter() - self._sent_at)
        self._buffer = b""
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self._done.set()
            return
        self._sent_at = perf_counter()
        self._transport.write(request)


async def load(port: int, requests: list[bytes], result: Round) -> None:
    """Send all requests over `CLIENTS` connections."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    ends = [asyncio.Event() for _ in range(CLIENTS)]
    began = perf_counter()
    for done in ends:
        await loop.create_connection(partial(Client, waiting, result, done), "127.0.0.1", port)
    for done in ends:
        await done.wait()
    result.seconds += perf_counter() - began


def post(track_id: str, token: str) -> bytes:
    body = b'{"track_id":"%s"}' % track_id.encode()
    head = (
        "POST /queue HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# What both need.


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """A PostgreSQL with the box's settings, and the jukebox's tables in it."""
    import asyncpg

    from backline.kit.db.engine import asyncpg_url

    async with postgres({"jukebox": "backline.jukebox"}) as urls:
        url = urls["jukebox"]
        connection = await asyncpg.connect(asyncpg_url(url))
        await connection.execute(
            "UPDATE room SET wanted = 'stopped', policy ="
            """ '{"duplicates": true, "max_waiting": null, "cooldown_s": 0}'"""
        )
        await connection.close()
        yield url


async def tracks(url: str) -> list[str]:
    """Put made-up tracks into the library; their ids."""
    import asyncpg

    from backline.kit.core.ids import uuid7
    from backline.kit.db.engine import asyncpg_url

    ids = [uuid7() for _ in range(TRACKS)]
    connection = await asyncpg.connect(asyncpg_url(url))
    await connection.executemany(
        "INSERT INTO tracks (id, version, title, artist, album, search, status, progress, sha256,"
        " size, content_type, uploaded_by_id, uploaded_by_name, uploaded_at, duration_s, gain_db,"
        " derived_size, covers, edited) VALUES ($1, 0, $2, $3, '', '', 'ready', 1, $4, 1,"
        " 'audio/flac', 1, 'Ann', now(), 183.2, 0, 0, '{}', '{}')",
        [
            (track_id, f"Song {number}", f"Artist {number % 50}", f"{number:064x}")
            for number, track_id in enumerate(ids)
        ],
    )
    await connection.close()
    return [str(track_id) for track_id in ids]


def tokens() -> tuple[str, list[str]]:
    """A public key, and an access token for each user."""
    import base64
    import hashlib
    import json
    import time

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from backline.kit.auth.gate import AUDIENCE, ISSUER

    def b64(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    private = Ed25519PrivateKey.generate()
    members = {"crv": "Ed25519", "kty": "OKP", "x": b64(private.public_key().public_bytes_raw())}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True)
    kid = b64(hashlib.sha256(canonical.encode()).digest())
    head = b64(json.dumps({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}).encode())
    now = int(time.time())
    made = []
    for user in range(1, USERS + 1):
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user),
            "sid": f"s{user}",
            "role": "listener",
            "name": f"Person {user}",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": f"j{user}",
        }
        body = b64(json.dumps(claims).encode())
        signature = b64(private.sign(f"{head}.{body}".encode()))
        made.append(f"{head}.{body}.{signature}")
    return json.dumps({**members, "kid": kid, "use": "sig"}), made


async def main() -> bool:
    import asyncpg

    from backline.kit.db.engine import asyncpg_url

    pin(1)
    async with database() as url:
        ids = await tracks(url)
        key, bearers = tokens()
        requests = [post(ids[n % TRACKS], bearers[n % USERS]) for n in range(BATCH)]
        admin = await asyncpg.connect(asyncpg_url(url))

        async def measure(port: int) -> Round:
            result = Round()
            for _ in range(BATCHES):
                await load(port, requests, result)
                await admin.execute(
                    "DELETE FROM queue_items; DELETE FROM outbox; DELETE FROM inbox"
                )
            return result

        with (
            tempfile.TemporaryDirectory() as media,
            process("ours", url, media, key) as ours,
            process("reference", url) as reference,
        ):
            for port in (ours, reference):
                await measure(port)
            mine, theirs = await in_turns(lambda: measure(ours), lambda: measure(reference))
        await admin.close()
    for name, rounds in (("ours", mine), ("reference", theirs)):
        latencies = [latency for each in rounds for latency in each.latencies]
        print(
            f"{name}: p50 {percentile(latencies, 0.5) * 1000:.1f} ms,"
            f" p99 {percentile(latencies, 0.99) * 1000:.1f} ms"
        )
    return claim(
        "queue_add",
        ours=[each.per_s for each in mine],
        reference=[each.per_s for each in theirs],
        unit="requests/s",
        goal=">=0.5",
        packages=PACKAGES,
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours", url, media, key, announce]:
            pin(0)
            _start = serve_ours(url, media, key, int(announce))
        case ["reference", url, announce]:
            pin(0)
            _start = serve_reference(url, int(announce))
        case _:
            run(main)
            raise AssertionError
    uvloop.run(_start)
