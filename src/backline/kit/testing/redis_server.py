"""A Redis of our own for the length of a test session, where the program is installed."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "redis-server"
_START_WITHIN_S = 10
_STOP_WITHIN_S = 5


def installed() -> bool:
    """Whether this machine has the program."""
    return shutil.which(PROGRAM) is not None


class RedisServer:
    """A server on a free loopback port that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return once it answers."""
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": str(self._folder),
        }
        program = shutil.which(PROGRAM)
        assert program is not None
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with (self._folder / "redis.log").open("wb") as log:
            self._process = subprocess.Popen([program, *arguments], stdout=log, stderr=log)  # noqa: S603
        for _ in range(_START_WITHIN_S * 100):
            if self._answers():
                return
            try:
                self._process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            break
        raise RuntimeError((self._folder / "redis.log").read_text())

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        """End it; it may be started again on the same port."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running server."""
    with tempfile.TemporaryDirectory(prefix="backline-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
