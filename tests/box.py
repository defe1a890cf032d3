"""A real box for tests: `backline up` in a directory and on a port of its own.

    async with running_box() as box:
        host = await box.admin()
        track = await host.upload(song(seconds=20))
        await host.add(track)

Its player keeps real time and is silent. Import the fixtures `box` and `fresh_box` into a
`conftest.py` to use them there.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backline.kit.testing.eventually import eventually

PASSWORD = "a valve amplifier glows"
STARTS_WITHIN_S = 40
SILENT: Mapping[str, str] = {
    "BACKLINE_SERVICE_PORTS": "off",
    "PLAYER_DRIVER": "emulated",
    "PLAYER_CLOCK": "real",
}


class Person:
    """Somebody who has logged in."""

    def __init__(self, client: httpx.AsyncClient, tokens: Mapping[str, Any]) -> None:
        self.user: Mapping[str, Any] = tokens["user"]
        self._client = client
        self._headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """Ask for something, as `answer` does; a refusal fails the test with its reason."""
        answer = await self.answer(method, path, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def answer(
        self, method: str, path: str, *, service: str = "jukebox", **options: Any
    ) -> httpx.Response:
        """What a service says, whatever it is."""
        url = f"/api/{service}{path}"
        return await self._client.request(method, url, headers=self._headers, **options)

    async def upload(self, sound: bytes, name: str = "song.flac") -> str:
        """Upload a sound and wait until it can be played; the track's id."""
        track = await self.call("POST", "/tracks", files={"file": (name, sound)})

        async def is_ready() -> bool:
            seen = await self.call("GET", f"/tracks/{track['id']}")
            return bool(seen["status"] != "analysing")

        await eventually(is_ready)
        return str(track["id"])

    async def add(self, track: str) -> str:
        """Put a track into the queue; the item's id."""
        item = await self.call("POST", "/queue", json={"track_id": track})
        return str(item["id"])


class Box:
    """One data directory and the processes that run it."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self.data = data
        self.output = data.with_name(f"{data.name}.out")
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._client: httpx.AsyncClient | None = None

    @property
    def supervisor(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def client(self) -> httpx.AsyncClient:
        assert self._client is not None
        return self._client

    @property
    def url(self) -> str:
        return str(self.state()["url"])

    async def start(self) -> None:
        """Start it, and return once everything is ready."""
        await self.begin()
        await self.is_whole(within=STARTS_WITHIN_S)
        self._client = httpx.AsyncClient(base_url=self.url, timeout=20)

    async def begin(self) -> None:
        """Start it, and wait for nothing."""
        with self.output.open("wb") as output:
            self._process = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-m", "backline", "up", "--data", str(self.data), "--port", "0"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **SILENT, **self._settings},  # noqa: TID251 - as a shell does
                start_new_session=True,
            )

    async def stop(self, sign: signal.Signals = signal.SIGINT, *, within: float = 20) -> int:
        """Tell it to stop, as Ctrl-C does: everything in the foreground; its exit code."""
        assert self._process is not None
        if self._client is not None:
            await self._client.aclose()
        if self._process.poll() is None:
            os.killpg(self._process.pid, sign)
        try:
            return await asyncio.to_thread(self._process.wait, within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    async def kill_supervisor(self) -> None:
        """`kill -9` the one that nobody would start again."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        await self.client.aclose()

    def state(self) -> dict[str, Any]:
        """What `backline status --json` would say; empty while the box is starting."""
        try:
            content = json.loads((self.data / "run" / "state.json").read_text())
        except (OSError, ValueError):
            return {}
        return dict(content)

    def processes(self) -> dict[str, dict[str, Any]]:
        return {process["name"]: process for process in self.state().get("processes", [])}

    def pid(self, name: str) -> int:
        return int(self.processes()[name]["pid"])

    def kill(self, name: str) -> int:
        """`kill -9` one of the processes; its number."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def living(self) -> list[psutil.Process]:
        """Every process of this box, the supervisor included."""
        return [self.supervisor, *self.supervisor.children(recursive=True)]

    async def is_whole(self, *, without: int | None = None, within: float = 10) -> None:
        """Wait until every process is ready.

        Args:
            without: A process that has been killed and must have been replaced.
        """

        def whole() -> bool:
            assert self._process is not None
            if self._process.poll() is not None:
                pytest.fail(f"the box ended:\n{self.said()}")
            processes = self.processes().values()
            # One that was killed leaves its last word behind.
            return (
                self.state().get("pid") == self._process.pid
                and bool(processes)
                and all(process["state"] in {"ready", "done"} for process in processes)
                and (without is None or all(each["pid"] != without for each in processes))
            )

        try:
            await eventually(whole, within=within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.processes()}\n{self.said()}") from None

    def said(self) -> str:
        """What it has printed."""
        return self.output.read_text(errors="replace")

    async def admin(self) -> Person:
        """The first admin, made by the link that `up` prints; afterwards the same one again."""
        login = {"username": "ada", "password": PASSWORD}
        found = await self.client.post("/api/identity/auth/login", json=login)
        if found.is_success:
            return Person(self.client, found.json())
        link = re.compile(r"/setup\?token=([\w-]+)")
        await eventually(lambda: link.search(self.said()))
        (token,) = link.findall(self.said())[-1:]
        made = await self.client.post("/api/identity/auth/setup", json={**login, "token": token})
        assert made.is_success, made.text
        return await self._log_in("ada")

    async def listener(self, name: str) -> Person:
        """Somebody who registers."""
        body = {"username": name, "password": PASSWORD, "display_name": name.capitalize()}
        made = await self.client.post("/api/identity/auth/register", json=body)
        assert made.is_success, made.text
        return await self._log_in(name)

    async def _log_in(self, name: str) -> Person:
        login = {"username": name, "password": PASSWORD}
        found = await self.client.post("/api/identity/auth/login", json=login)
        assert found.is_success, found.text
        return Person(self.client, found.json())

    async def room(self) -> dict[str, Any]:
        """The room document, as everybody may see it."""
        answer = await self.client.get("/api/jukebox/queue")
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def history(self) -> list[dict[str, Any]]:
        """What was played, oldest first."""
        answer = await self.client.get("/api/jukebox/queue/history")
        assert answer.is_success, answer.text
        return list(reversed(answer.json()["items"]))


@asynccontextmanager
async def stopped_box(settings: Mapping[str, str] | None = None) -> AsyncIterator[Box]:
    """A box to be started; nothing of it stays when the context ends."""
    # Not pytest's, because the path of a Unix socket is limited.
    folder = Path(tempfile.mkdtemp(prefix="blbox-"))
    box = Box(folder / "data", settings or {})
    try:
        yield box
    finally:
        with suppress(psutil.NoSuchProcess, AssertionError):
            living = box.living()
            try:
                await box.stop()
            finally:
                for process in living:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
        shutil.rmtree(folder)


@asynccontextmanager
async def running_box(settings: Mapping[str, str] | None = None) -> AsyncIterator[Box]:
    """A box that runs as long as the context lasts; nothing of it stays."""
    async with stopped_box(settings) as box:
        await box.start()
        yield box


@pytest.fixture(scope="session")
async def box() -> AsyncIterator[Box]:
    """A box that all tests of the session share; none may kill a part of it."""
    async with running_box() as started:
        yield started


@pytest.fixture
async def fresh_box() -> AsyncIterator[Box]:
    """A box of this test alone, to be killed, filled and stopped at will."""
    async with running_box() as started:
        yield started
