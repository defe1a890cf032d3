"""Real processes, forked from one that has imported everything, to be killed and begun again.

    async with running_processes(folder, environment) as processes:
        dying = {"BACKLINE_FAILPOINTS": "relay.published"}
        relay = await processes.run("relay", "worker", "scores", **dying)
        assert await relay.ended() == -signal.SIGKILL

As in the one box: a start costs a fork, not two seconds of importing.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from backline.cli.children import IMPORTED_ONCE
from backline.cli.registry import SERVICES
from backline.kit.supervisor import nursery
from backline.kit.testing.eventually import eventually

_ROOT = Path(__file__).parents[2]
_PR_SET_PDEATHSIG = 1
_FORKS_WITHIN_S = 60
_MODULES = (
    *(f"{entry.package}.wiring" for entry in SERVICES if not entry.alone),
    *IMPORTED_ONCE,
    "backline.cli.app",
    "backline.kit.messaging.kafka",
    "backline.kit.messaging.postgres",
    "tests.chaos.small_service",
)


class Process:
    """One of them.

    Attributes:
        code: How it ended, negative for a signal; None while it lives.
    """

    def __init__(self, name: str, pid: int, log: Path) -> None:
        self.name = name
        self.pid = pid
        self.code: int | None = None
        self._log = log

    def kill(self) -> None:
        """`kill -9`, if it lives."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def ended(self, *, within: float = 60) -> int:
        """Wait until it is gone; how it ended."""
        try:
            await eventually(lambda: self.code is not None, within=within)
        except AssertionError as error:
            raise AssertionError(f"{self.name} lives on, {error}\n{self.said()}") from None
        assert self.code is not None
        return self.code

    def said(self) -> str:
        """The end of what it, and those before it of the same name, have printed."""
        return f"{self.name}:\n{self._log.read_text(errors='replace')[-4000:]}"


class Processes:
    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._channel, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.settimeout(0)
        self._born: list[asyncio.Future[int]] = []
        self._living: dict[int, Process] = {}
        self._early: dict[int, int] = {}
        self._forker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        number = self._theirs.fileno()
        with (self._folder / "forker.log").open("wb") as log:
            self._forker = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.processes", str(number)],
                pass_fds=[number],
                cwd=_ROOT,
                env=_inherited() | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._theirs.close()
        asyncio.get_running_loop().add_reader(self._channel, self._read)

    async def run(self, name: str, *command: str, **environment: str) -> Process:
        """Fork a process.

        Args:
            name: Of its log, in the folder.
            command: What would follow `backline`; or `small`, and what the small service is to do.
            environment: In addition to that of all.
        """
        path = self._folder / f"{name}.log"
        arguments = [*(f"{key}={value}" for key, value in environment.items()), *command]
        request = json.dumps({"name": name, "arguments": arguments}).encode()
        born: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._born.append(born)
        with path.open("ab") as output:
            socket.send_fds(self._channel, [request], [output.fileno(), output.fileno()])
        try:
            async with asyncio.timeout(_FORKS_WITHIN_S):
                process = Process(name, await born, path)
        except (TimeoutError, EOFError):
            said = (self._folder / "forker.log").read_text(errors="replace")
            raise AssertionError(f"nothing was forked:\n{said}") from None
        process.code = self._early.pop(process.pid, None)
        if process.code is None:
            self._living[process.pid] = process
        return process

    def _read(self) -> None:
        try:
            said = self._channel.recv(1024)
        except ConnectionResetError:
            said = b""
        if not said:
            asyncio.get_running_loop().remove_reader(self._channel)
            for born in self._born:
                born.set_exception(EOFError("the process that forks is gone"))
            return
        message = json.loads(said)
        if "born" in message:
            self._born.pop(0).set_result(message["born"])
        elif (process := self._living.pop(message["ended"], None)) is not None:
            process.code = message["code"]
        else:
            self._early[message["ended"]] = message["code"]

    async def stop(self) -> None:
        """Kill all that is left."""
        for process in list(self._living.values()):
            process.kill()
        try:
            await eventually(lambda: not self._living)
        finally:
            asyncio.get_running_loop().remove_reader(self._channel)
            self._channel.close()
            if self._forker is not None:
                self._forker.kill()
                self._forker.wait()


def _inherited() -> dict[str, str]:
    """What a shell would pass on, but for the settings of the trials, which no process knows."""
    found = dict(os.environ)  # noqa: TID251 - as a shell does
    return {name: value for name, value in found.items() if not name.startswith("BACKLINE_CHAOS_")}


@asynccontextmanager
async def running_processes(
    folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Processes]:
    """Where processes can be forked, until the context ends; none of them outlives it."""
    processes = Processes(folder, environment)
    processes.start()
    try:
        yield processes
    finally:
        await processes.stop()


def main(arguments: Sequence[str]) -> None:
    """What a forked process does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    command = list(arguments)
    while "=" in command[0]:
        name, _, value = command.pop(0).partition("=")
        os.environ[name] = value  # noqa: TID251 - as a shell does
    if command[0] == "small":
        from tests.chaos.small_service import main as small  # noqa: PLC0415 - imported already

        small(command[1:])
    else:
        from backline.cli.app import main as command_line  # noqa: PLC0415 - imported already

        sys.argv = ["backline", *command]
        command_line()


if __name__ == "__main__":
    nursery.run(int(sys.argv[1]), _MODULES, main)
