"""`backline backup` and `restore`: databases, sounds and keys in one archive.

The databases are copied physically and together (`pg_basebackup`): what one of them has already
told another is in both. The sounds are copied after them, so that none is missing.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backline.cli.backups import Ledger
from backline.cli.box import Box
from backline.cli.console import say
from backline.kit.core.clock import SystemClock
from backline.kit.core.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from backline.kit.db.embedded import MAJOR_VERSION, SUPERUSER, program
from backline.kit.db.unprivileged import give

FORMAT = 1
_MANIFEST = "manifest.json"
_CLUSTER = "postgres"
_NOT_KEPT = {"run", "log", "backups", _CLUSTER}
_COMPRESSION = 3  # sounds are compressed already; more costs minutes and saves nothing


class NothingToBackUp(NotFound):
    """There is no box in this data directory."""


class FileExists(AlreadyExists):
    """The archive would replace another file."""


class BackupFailed(FailedPrecondition):
    """The database could not be copied."""


class NotABackup(InvalidArgument):
    """The file is no archive of ours, or is damaged."""


class DataWouldBeLost(FailedPrecondition):
    """There is a box in this data directory."""


def backup(box: Box, file: Path, *, force: bool) -> None:
    """Write the whole box into `file`; also while it runs.

    Raises:
        NothingToBackUp: There is no box here.
        FileExists: `file` is there already.
        BackupFailed: The database could not be copied.
    """
    if not box.cluster.exists():
        raise NothingToBackUp(f"There is no box in {box.data}.")
    if file.exists() and not force:
        raise FileExists(f"{file} is there already. Choose another name, or replace it: --force")
    partial = file.with_name(f"{file.name}.partial")
    try:
        with _copied_cluster(box) as cluster, _private(partial) as archive:
            _add_manifest(archive)
            archive.add(cluster, _CLUSTER, filter=_without_owner)
            for path in sorted(box.data.iterdir()):
                if path.name not in _NOT_KEPT:
                    archive.add(path, path.name, filter=_without_owner)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    Ledger(box).add(file)
    say(f"{file}: {file.stat().st_size / 1e6:.1f} MB. It holds keys and passwords: keep it safe.")


def restore(box: Box, file: Path, *, force: bool) -> None:
    """Put what `backup` wrote into this data directory.

    What was there before is kept beside it.

    Raises:
        NotABackup: `file` is no archive of ours, or of another PostgreSQL.
        DataWouldBeLost: There is a box here, and `force` is not set.
        AlreadyRunning: The box here runs.
    """
    if not file.exists():
        raise NotABackup(f"There is no file {file}.")
    box.make()
    state = box.state
    state.acquire()
    try:
        if box.cluster.exists() and not force:
            raise DataWouldBeLost(
                f"There is a box in {box.data}. Restore into another directory (--data), or move "
                "this one aside: --force"
            )
        fresh = Path(tempfile.mkdtemp(prefix="restoring-", dir=box.data))
        try:
            _extract(file, fresh)
            kept = _swap(box, fresh)
        finally:
            shutil.rmtree(fresh)
    finally:
        state.release()
    say(f"Restored into {box.data}. Start it with: backline up --data {box.data}")
    if kept is not None:
        say(f"What was there before is in {kept}.")


@contextmanager
def _copied_cluster(box: Box) -> Iterator[Path]:
    """The cluster as of one moment: a copy if it runs, itself if it does not."""
    if box.state.read() is None:
        state = box.state
        box.make()
        state.acquire()  # nobody shall start it meanwhile
        try:
            yield box.cluster
        finally:
            state.release()
        return
    with tempfile.TemporaryDirectory(prefix="backup-", dir=box.data.parent) as folder:
        copy = Path(folder) / _CLUSTER
        arguments = [
            program("pg_basebackup"), "--pgdata", str(copy), "--host", str(box.run / "db"),
            "--username", SUPERUSER, "--wal-method=stream", "--checkpoint=fast", "--no-sync",
        ]  # fmt: skip
        done = subprocess.run(  # noqa: S603 - our own program, our own arguments
            arguments, capture_output=True, text=True, env=box.postgres.environment(), check=False
        )
        if done.returncode:
            raise BackupFailed(f"The database could not be copied: {done.stderr.strip()}")
        yield copy


@contextmanager
def _private(path: Path) -> Iterator[tarfile.TarFile]:
    """A new archive that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as raw,
        tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_COMPRESSION) as archive,
    ):
        yield archive


def _add_manifest(archive: tarfile.TarFile) -> None:
    content = json.dumps(
        {
            "format": FORMAT,
            "backline": version("backline"),
            "postgres": MAJOR_VERSION,
            "made_at": SystemClock().now().isoformat(),
        }
    ).encode()
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size = len(content)
    entry.mtime = int(time.time())
    archive.addfile(entry, io.BytesIO(content))


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if entry.name == f"{_CLUSTER}/postmaster.pid" or not (entry.isfile() or entry.isdir()):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _extract(file: Path, into: Path) -> None:
    try:
        with tarfile.open(file, mode="r:gz") as archive:
            first = archive.next()
            if first is None or first.name != _MANIFEST:
                raise NotABackup(f"{file} is no backup of Backline.")
            _check(file, json.load(archive.extractfile(first) or io.BytesIO(b"null")))
            archive.extractall(into, filter="data")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise NotABackup(f"{file} is no backup of Backline, or is damaged: {error}") from error
    if not (into / _CLUSTER / "PG_VERSION").exists():
        raise NotABackup(f"{file} holds no database.")


def _check(file: Path, manifest: Any) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NotABackup(f"{file} was written by another version of Backline. Use that one.")
    if manifest.get("postgres") != MAJOR_VERSION:
        raise NotABackup(
            f"{file} holds a database of PostgreSQL {manifest.get('postgres')}, this is "
            f"{MAJOR_VERSION}. Restore it with Backline {manifest.get('backline')}."
        )


def _swap(box: Box, fresh: Path) -> Path | None:
    """Move `fresh` in, and what was there before aside; return where that is now."""
    aside = box.data / f"before-restore-{int(time.time())}"
    for path in sorted(box.data.iterdir()):
        if path.name not in _NOT_KEPT - {_CLUSTER} and path != fresh:
            aside.mkdir(mode=0o700, exist_ok=True)
            path.rename(aside / path.name)
    for path in sorted(fresh.iterdir()):
        if path.name != _MANIFEST:
            path.rename(box.data / path.name)
            (box.data / path.name).chmod(0o700 if (box.data / path.name).is_dir() else 0o600)
    for path in (box.cluster, *box.cluster.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        give(path)
    return aside if aside.exists() else None
