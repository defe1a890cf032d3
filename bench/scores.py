"""[scores] From POST to `confirmed`, against a worker that polls the table of scores.

Ours is a whole box, started as people start it: front door, identity, line-up and scores in one API
process, sagas and relays in the worker. Thirty-two people hold a socket each, give a score, wait
until it is told to be confirmed, and then change it; so the way to the browser is measured, too.
Once in the one box, and once with Kafka as the event log and Redis as the cache.

The reference is what the seed describes: a FastAPI route that inserts a pending row, and a worker
that looks at the table every two seconds, calls the line-up for each pending row over gRPC, and
marks it. It calls the same line-up, and its confirmations are read from its table as they happen,
which costs it nothing.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import uvloop

from harness import claim, in_turns, percentile, run, skipped
from servers import postgres

sys.path.insert(0, str(Path(__file__).parents[1]))  # tools/

PEOPLE = 32
EACH = 16
REFERENCE_EACH = 2
POLL_EVERY_S = 2.0
GIVEN_UP_S = 120.0
PACKAGES = ("fastapi", "uvicorn", "asyncpg", "sqlalchemy", "grpcio", "websockets")


@dataclass
class Round:
    """One round: seconds per confirmed score, and of the whole."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.seconds


# The box.


@dataclass(frozen=True, slots=True)
class Box:
    data: Path
    port: int

    def tokens(self) -> list[str]:
        """An access token of a host, and one for each person."""
        from datetime import timedelta

        from backline.identity.storage import KeyFiles
        from backline.kit.auth.gate import AUDIENCE, ISSUER, TOKEN_TYPE
        from backline.kit.auth.keys import ALGORITHM, sign
        from backline.kit.core.clock import SystemClock

        lifetime = timedelta(minutes=10)
        keys = KeyFiles(self.data / "keys", token_lifetime=lifetime, clock=SystemClock())
        active = keys.current().active
        now = int(time.time())

        def token(user: int, role: str) -> str:
            claims = {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": str(user),
                "sid": f"s{user}",
                "role": role,
                "name": f"Person {user}",
                "iat": now,
                "exp": now + int(lifetime.total_seconds()),
                "jti": f"j{user}",
            }
            head = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": active.kid}
            return sign(head, json.dumps(claims).encode(), active.private)

        return [token(1, "host"), *(token(1000 + n, "listener") for n in range(PEOPLE))]


@contextmanager
def box(**environment: str) -> Iterator[Box]:
    """A box in a directory of its own, on a free port, silent."""
    folder = Path(tempfile.mkdtemp(prefix="bl-bench-", dir="/tmp"))
    data = folder / "data"
    process = subprocess.Popen(
        [sys.executable, "-m", "backline", "up", "--data", str(data), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            "PATH": "/usr/bin:/bin",
            "BACKLINE_SERVICE_PORTS": "off",
            "PLAYER_DRIVER": "emulated",
            **environment,
        },
    )
    try:
        yield Box(data, _port(data, process))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _port(data: Path, process: subprocess.Popen[bytes]) -> int:
    begun = time.monotonic()
    while True:
        if process.poll() is not None or time.monotonic() - begun > GIVEN_UP_S:
            raise SystemExit(f"The box did not start; see {data / 'log'}.")
        try:
            state = json.loads((data / "run" / "state.json").read_text())
            if all(each["state"] in {"ready", "done"} for each in state["processes"]):
                return int(state["url"].rpartition(":")[2])
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.05)


# HTTP, as thin as it can be: the load shares the machine with what is measured.


class Http:
    """One connection, opened before the time is taken."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._token = token

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, method: str, path: str, body: object) -> Any:
        content = json.dumps(body).encode()
        login = f"Authorization: Bearer {self._token}\r\n" if self._token else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{login}"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        content = await self._reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 20"):
            raise SystemExit(f"{method} {path}: {answer[:60]!r} {content!r}")
        return json.loads(content)


# Ours.


async def person(port: int, token: str, event_id: int, each: int, result: Round) -> None:
    """Give a score, wait until it is told to be confirmed, change it, and so on."""
    from websockets.asyncio.client import connect

    headers = {"authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{port}/api/scores/ws"
    path = f"/api/scores/events/{event_id}/score"
    async with connect(url, additional_headers=headers) as socket:
        await until_confirmed(socket, event_id, 0)
        for number in range(each):
            method = "POST" if number == 0 else "PUT"
            async with Http(port, token) as http:
                begun = time.perf_counter()
                given = await http.send(method, path, {"score": number % 5 + 1})
            await until_confirmed(socket, event_id, given["version"])
            result.latencies.append(time.perf_counter() - begun)


async def until_confirmed(socket: Any, event_id: int, version: int) -> None:
    while True:
        frame = await socket.recv()
        if '"mine"' not in frame[:20]:
            continue
        if version == 0:
            return
        for score in json.loads(frame)["scores"]:
            if (
                score["event_id"] == event_id
                and score["version"] >= version
                and score["status"] == "confirmed"
            ):
                return


async def ours(port: int, tokens: list[str], *, each: int = EACH) -> Round:
    host, *people = tokens
    async with Http(port, host) as http:
        event = await http.send("POST", "/api/lineup/events", event_body())
    result = Round()
    begun = time.perf_counter()
    await asyncio.gather(*[person(port, token, event["id"], each, result) for token in people])
    result.seconds = time.perf_counter() - begun
    return result


def event_body() -> dict[str, str]:
    from datetime import UTC, datetime, timedelta

    until = datetime.now(UTC) + timedelta(minutes=30)  # noqa: TID251 - the bench's own clock
    return {"title": "Lamplight", "description": "", "deadline": until.isoformat()}


# The reference.


async def serve_reference(url: str, lineup: str, announce: int) -> None:
    """The seed's two programs: the route, and the worker that polls."""
    import socket

    import asyncpg
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel, Field

    from backline.api.lineup.v1 import lineup_pb2 as pb
    from backline.api.lineup.v1 import lineup_pb2_grpc
    from backline.kit.db.engine import asyncpg_url
    from backline.kit.http.serve import uvicorn_config
    from backline.kit.rpc.client import channel

    pool = await asyncpg.create_pool(asyncpg_url(url), min_size=4, max_size=8)
    app = FastAPI()

    class Body(BaseModel):
        user_id: int
        score: int = Field(ge=1, le=5)

    async def give(event_id: int, body: Body) -> dict[str, Any]:
        number = await pool.fetchval(
            "INSERT INTO seed_score (event_id, user_id, score) VALUES ($1, $2, $3) RETURNING id",
            event_id,
            body.user_id,
            body.score,
        )
        return {"id": number, "status": "pending"}

    async def poll() -> None:
        stub: Any = lineup_pb2_grpc.EventServiceStub(channel(lineup))
        while True:
            for row in await pool.fetch(
                "SELECT * FROM seed_score WHERE status = 'pending' ORDER BY id"
            ):
                await stub.ApplyScore(
                    pb.ApplyScoreRequest(
                        event_id=row["event_id"],
                        score_id=1_000_000_000 + row["id"],
                        user_id=1_000_000_000 + row["id"],
                        version=1,
                        score=row["score"],
                    )
                )
                await pool.execute(
                    "UPDATE seed_score SET status = 'confirmed' WHERE id = $1", row["id"]
                )
            await asyncio.sleep(POLL_EVERY_S)

    app.add_api_route("/events/{event_id}/score", give, methods=["POST"], status_code=202)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn_config(app)
    config.access_log = False
    os.write(announce, b"%d\n" % listener.getsockname()[1])
    polling = asyncio.ensure_future(poll())
    await uvicorn.Server(config).serve(sockets=[listener])
    polling.cancel()


@contextmanager
def seed(url: str, lineup: str) -> Iterator[int]:
    """The reference in a process of its own; its port."""
    read, write = os.pipe()
    command = [sys.executable, __file__, "reference", url, lineup, str(write)]
    server = subprocess.Popen(command, pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            line = pipe.readline()
        assert line, "the reference did not start"
        yield int(line)
    finally:
        server.kill()
        server.wait()


class Watch:
    """Tells at once when a row of the reference is confirmed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def of(self, number: int) -> asyncio.Future[None]:
        return self._waiting.setdefault(number, asyncio.get_running_loop().create_future())

    async def run(self) -> None:
        while True:
            rows = await self._connection.fetch(
                "SELECT id FROM seed_score WHERE status = 'confirmed' AND id = ANY($1::bigint[])",
                list(self._waiting),
            )
            for row in rows:
                self._waiting.pop(row["id"]).set_result(None)
            await asyncio.sleep(0.01)


async def reference(seed_port: int, box_port: int, host: str, watch: Watch) -> Round:
    async with Http(box_port, host) as http:
        event = await http.send("POST", "/api/lineup/events", event_body())
    result = Round()

    async def someone(user_id: int) -> None:
        # People do not begin in step with the worker.
        await asyncio.sleep(random.uniform(0, POLL_EVERY_S))
        for number in range(REFERENCE_EACH):
            async with Http(seed_port) as http:
                begun = time.perf_counter()
                body = {"user_id": user_id, "score": number % 5 + 1}
                given = await http.send("POST", f"/events/{event['id']}/score", body)
            await watch.of(given["id"])
            result.latencies.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*map(someone, range(PEOPLE)))
    result.seconds = time.perf_counter() - begun
    return result


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Watch]:
    import asyncpg

    from backline.kit.db.engine import asyncpg_url

    connection = await asyncpg.connect(asyncpg_url(url))
    watch = Watch(connection)
    task = asyncio.ensure_future(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


async def compare(name: str, url: str, **environment: str) -> bool:
    """Measure one run mode."""
    with box(**environment) as it, seed(url, f"unix:{it.data / 'run' / 'lineup.sock'}") as port:
        tokens = it.tokens()
        await ours(it.port, tokens, each=2)
        async with watching(url) as watch:
            mine, theirs = await in_turns(
                lambda: ours(it.port, tokens),
                lambda: reference(port, it.port, tokens[0], watch),
            )
    for who, rounds in (("ours", mine), ("reference", theirs)):
        latencies = [latency for each in rounds for latency in each.latencies]
        print(
            f"{name} {who}: p50 {percentile(latencies, 0.5) * 1000:.0f} ms,"
            f" p99 {percentile(latencies, 0.99) * 1000:.0f} ms,"
            f" {sum(each.per_s for each in rounds) / len(rounds):.0f}/s"
        )
    held = True
    for what, share, goal in (("p50", 0.5, "<=0.5"), ("p99", 0.99, "<=0.5")):
        held &= claim(
            f"{name}_{what}",
            ours=[percentile(each.latencies, share) * 1000 for each in mine],
            reference=[percentile(each.latencies, share) * 1000 for each in theirs],
            unit="ms",
            goal=goal,
            packages=PACKAGES,
            note=f"{PEOPLE} people at once; the reference polls every {POLL_EVERY_S:.0f} s",
        )
    return held & claim(
        f"{name}_rate",
        ours=[each.per_s for each in mine],
        reference=[each.per_s for each in theirs],
        unit="scores/s",
        goal=">=2",
        packages=PACKAGES,
        note=f"{PEOPLE} people, each waits for one score before the next",
    )


async def main() -> bool:
    import asyncpg

    from backline.kit.db.engine import asyncpg_url

    async with postgres({"seed": "backline.front"}) as urls:
        connection = await asyncpg.connect(asyncpg_url(urls["seed"]))
        await connection.execute(
            "CREATE TABLE seed_score (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " event_id bigint NOT NULL, user_id bigint NOT NULL, score smallint NOT NULL,"
            " status text NOT NULL DEFAULT 'pending')"
        )
        await connection.close()
        held = await compare("scores", urls["seed"])
        return await on_kafka(urls["seed"]) and held


async def on_kafka(url: str) -> bool:
    """The same with a Kafka node as the event log, and Redis as the cache."""
    from tools.kafka.cluster import KafkaCluster
    from tools.kafka.jars import default_cache, resolve

    from backline.kit.testing.redis_server import installed, redis_server

    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing or not installed():
        skipped("scores_kafka", f"needs {' and '.join([*missing, 'redis-server'])}")
        return True
    with (
        tempfile.TemporaryDirectory(prefix="bl-kafka-") as folder,
        KafkaCluster(Path(folder) / "nodes", jars=resolve(default_cache())) as kafka,
        redis_server() as redis,
    ):
        return await compare(
            "scores_kafka",
            url,
            BACKLINE_EVENTS_URL=f"kafka://{kafka.bootstrap}",
            BACKLINE_REDIS_URL=redis.url,
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["reference", url, lineup, announce]:
            uvloop.run(serve_reference(url, lineup, int(announce)))
        case _:
            run(main)
