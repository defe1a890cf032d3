"""Which backups there are, and one more from the running box: the page of admins asks for both."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from backline.cli.box import Box, inherited_environment
from backline.front.refusals import BackupRunning, NoBackupFromHere, NoSpaceForBackup
from backline.kit.core.clock import SystemClock

if TYPE_CHECKING:
    from backline.front.admin import Backups

MOST_KEPT = 200
_SPACE = 1.2
_STILL_WRITTEN_S = 60.0
_TOLD = 500


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written, here or by hand.

    Attributes:
        at: RFC 3339.
    """

    path: str
    at: str
    bytes: int


class Ledger:
    """The list of backups of a box, in its data directory."""

    def __init__(self, box: Box) -> None:
        self._path = box.backups / "made.json"

    def read(self) -> list[Made]:
        """All that were made, the newest first; a list that cannot be read counts as empty."""
        try:
            made = [Made(**each) for each in json.loads(self._path.read_text("utf-8"))]
            return sorted(made, key=lambda each: datetime.fromisoformat(each.at), reverse=True)
        except (OSError, ValueError, TypeError):
            return []

    def add(self, file: Path) -> None:
        """Write down that `file` was made now."""
        made = Made(str(file.absolute()), SystemClock().now().isoformat(), file.stat().st_size)
        rest = [each for each in self.read() if each.path != made.path]
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(
            json.dumps([asdict(each) for each in (made, *rest[: MOST_KEPT - 1])], indent=1), "utf-8"
        )
        fresh.replace(self._path)


class BoxArchives:
    """`Archives` of a running box: each backup is a process of its own."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._running: asyncio.Task[None] | None = None
        self._failed = ""

    async def listed(self) -> Backups:
        """What was made, and whether one is being made."""
        from backline.front.admin import Archive, Backups  # noqa: PLC0415 - loads FastAPI

        def look() -> list[tuple[Made, bool]]:
            return [(each, Path(each.path).exists()) for each in Ledger(self._box).read()]

        made = await asyncio.to_thread(look)
        return Backups(
            items=[
                Archive(
                    name=Path(each.path).name,
                    path=each.path,
                    at=datetime.fromisoformat(each.at),
                    bytes=each.bytes,
                    here=here,
                )
                for each, here in made
            ],
            running=self._is_running(),
            failed=self._failed,
            possible=self._why_not(),
            command=f"backline backup FILE --data {self._box.data}",
        )

    async def start(self) -> None:
        """Begin one.

        Raises:
            NoBackupFromHere: The databases are elsewhere.
            BackupRunning: One is being made.
            NoSpaceForBackup: The disk is too full.
        """
        if why := self._why_not():
            raise NoBackupFromHere(why)
        if self._is_running():
            raise BackupRunning("A backup is being made already. Wait for it.")
        await asyncio.to_thread(self._check_space)
        self._failed = ""
        self._running = asyncio.create_task(self._make())

    async def _make(self) -> None:
        self._box.backups.mkdir(mode=0o700, exist_ok=True)
        stamp = SystemClock().now().strftime("%Y%m%d-%H%M%S")
        file = self._box.backups / f"backline-{stamp}.tar.gz"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backline", "backup", str(file)),
            *("--data", str(self._box.data)),
            env=inherited_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await process.communicate()
        if process.returncode:
            self._failed = complaint.decode(errors="replace").strip()[-_TOLD:]

    def _is_running(self) -> bool:
        if self._running is not None and not self._running.done():
            return True
        fresh = time.time() - _STILL_WRITTEN_S
        return any(each.stat().st_mtime > fresh for each in self._box.backups.glob("*.partial"))

    def _why_not(self) -> str:
        if self._box.cluster.exists() and self._box.state.read() is not None:
            return ""
        return "The databases of this box are kept elsewhere. Back them up there."

    def _check_space(self) -> None:
        needed = int(_SPACE * sum(map(_size, (self._box.cluster, self._box.media))))
        free = shutil.disk_usage(self._box.data).free
        if free < 2 * needed:  # the copy of the databases and the archive lie there side by side
            raise NoSpaceForBackup(
                f"A backup may need {2 * needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free."
                " Make some room, or write it to another disk with the command.",
                needed_gb=f"{2 * needed / 1e9:.1f}",
                free_gb=f"{free / 1e9:.1f}",
            )


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.lstat().st_size
    return total
