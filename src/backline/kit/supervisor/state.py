"""Who runs a data directory, and how it is: a lock that dies with its holder, a file to read."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from backline.kit.core.errors import FailedPrecondition


class AlreadyRunning(FailedPrecondition):
    """Another process runs this data directory."""


class RunState:
    """The lock and the state file of one run directory.

    The lock is the kernel's (`flock`): however its holder ends, it is free again. What the file
    says is true only while somebody holds the lock.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Become the one who runs this directory.

        Raises:
            AlreadyRunning: Somebody else does.
        """
        lock = (self._directory / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            running = self._content()
            raise AlreadyRunning(
                f"Backline already runs on this data directory: process {running.get('pid', '?')}, "
                f"{running.get('url', 'starting')}. Stop it with: backline down",
                pid=str(running.get("pid", "")),
                url=str(running.get("url", "")),
            ) from error
        self._lock = lock

    def release(self) -> None:
        """Let go, and forget what the file said."""
        (self._directory / "state.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def write(self, content: dict[str, Any]) -> None:
        """Replace what readers see, in one step."""
        fresh = self._directory / "state.json.new"
        fresh.write_text(json.dumps(content | {"pid": os.getpid()}))
        fresh.rename(self._directory / "state.json")

    def read(self) -> dict[str, Any] | None:
        """What the holder of the lock last wrote; None while nobody holds it."""
        try:
            with (self._directory / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._content()
        except OSError:
            return None
        return None

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads((self._directory / "state.json").read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}
