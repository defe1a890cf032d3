"""Both ways to run Backline: one box, and every service a process of its own with Redis between."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from backline.kit.db.embedded import EmbeddedPostgres
from backline.kit.testing.eventually import eventually
from tests.box import running_box
from tests.journeys.doors import Doors

STARTS_WITHIN_S = 40


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(*command: str, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A process that ends with the context."""
    with (folder / f"{'-'.join(command[-3:]).replace('/', '_')[-60:]}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **environment},  # noqa: TID251 - as a shell does
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
async def one_box() -> AsyncIterator[Doors]:
    async with running_box() as box:
        await box.admin()
        api = f"{box.url}/api"
        yield Doors(box.client, f"{api}/identity", f"{api}/jukebox")


@pytest.fixture(scope="session")
async def services_apart() -> AsyncIterator[Doors]:
    """Identity, jukebox, their workers and the player as five processes; Redis as the cache."""
    if (redis := shutil.which("redis-server")) is None:
        pytest.skip("redis-server is not installed")
    folder = Path(tempfile.mkdtemp(prefix="blapart-"))
    postgres = EmbeddedPostgres(
        cluster=folder / "postgres", socket_dir=folder / "db", durable=False
    )
    postgres.prepare()
    ports = {name: free_port() for name in ("redis", "identity", "keys", "jukebox", "player")}
    environment = {
        "BACKLINE_EVENTS_URL": postgres.url("log"),
        "BACKLINE_JOBS_URL": postgres.url("jobs"),
        "BACKLINE_REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
        "IDENTITY_DATABASE_URL": postgres.url("identity"),
        "IDENTITY_KEY_DIR": str(folder / "keys"),
        "JUKEBOX_DATABASE_URL": postgres.url("jukebox"),
        "JUKEBOX_MEDIA_DIR": str(folder / "media"),
        "JUKEBOX_IDENTITY_TARGET": f"127.0.0.1:{ports['keys']}",
        "JUKEBOX_PLAYER_TARGET": f"127.0.0.1:{ports['player']}",
        "PLAYER_MEDIA_ROOT": str(folder / "media"),
        "PLAYER_DRIVER": "emulated",
    }
    backline = (sys.executable, "-m", "backline")

    def door(service: str, port: str | None, rpc: str | None = None) -> tuple[str, ...]:
        where = ("--port", str(ports[port])) if port else ()
        calls = ("--rpc", f"127.0.0.1:{ports[rpc]}") if rpc else ()
        return (*backline, "serve", service, *where, *calls)

    with ExitStack() as running, (folder / "postgres.log").open("wb") as log:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        server = postgres.start(log)
        running.callback(server.wait)
        running.callback(server.terminate)
        await postgres.wait_ready(server)
        postgres.ensure_databases(["identity", "jukebox", "log", "jobs"])
        migrated = await asyncio.create_subprocess_exec(
            *backline,
            "migrate",
            env={**os.environ, **environment},  # noqa: TID251
        )
        assert await migrated.wait() == 0
        for command in (
            (redis, "--port", str(ports["redis"]), "--save", "", "--dir", str(folder)),
            door("identity", "identity", "keys"),
            door("player", None, "player"),
            door("jukebox", "jukebox"),
            (*backline, "worker", "identity"),
            (*backline, "worker", "jukebox"),
        ):
            running.enter_context(program(*command, folder=folder, environment=environment))
        async with httpx.AsyncClient(timeout=20) as client:
            doors = Doors(
                client,
                f"http://127.0.0.1:{ports['identity']}",
                f"http://127.0.0.1:{ports['jukebox']}",
            )

            async def is_ready() -> bool:
                try:
                    answers = [
                        await client.get(f"{base}/health/ready")
                        for base in (doors.identity, doors.jukebox)
                    ]
                except httpx.TransportError:
                    return False
                return all(answer.is_success for answer in answers)

            await eventually(is_ready, within=STARTS_WITHIN_S)
            made = await asyncio.create_subprocess_exec(
                *backline,
                "users",
                "create",
                "ada",
                "--role",
                "admin",
                "--password-stdin",
                env={**os.environ, **environment},  # noqa: TID251
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
            await made.communicate(b"a valve amplifier glows\n")
            assert made.returncode == 0
            yield doors


@pytest.fixture(params=["one_box", "services_apart"])
def doors(request: pytest.FixtureRequest) -> Doors:
    """The same journey through both ways to run it."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Doors)
    return found
