"""The media of the room on disk: files by their sha256, nothing by a name that a user chose.

    <root>/incoming/<uuid>.part       an upload in one go
    <root>/incoming/<uuid>.upload     an upload in pieces
    <root>/incoming/<uuid>.work/      an analysis at work
    <root>/media/ab/cd/<sha256>       finished

A finished file appears under its name in one step, after its bytes are on disk (fsync), and its
name is on disk too before anything is acknowledged. Everything else is swept away.
"""

import asyncio
import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from typing_extensions import override

from backline.jukebox.domain.formats import HEAD_LENGTH
from backline.jukebox.domain.uploads import (
    DiskFull,
    UploadBusy,
    UploadId,
    UploadNotFound,
    in_words,
)
from backline.jukebox.ports import Incoming, MediaStore, StoredFile

WRITE_SIZE = 1024**2
"""Bytes gathered in memory before a thread writes them."""

LOCK_PATIENCE_S = 5.0
"""How long a request waits for another one of the same upload."""

_LOCK_RETRY_S = 0.02
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BATCH = 500
_NEW = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class FileStore(MediaStore):
    """Files under one directory.

    Args:
        root: Made if it is missing, readable by the owner alone.
        floor: Bytes that must stay free on its disk.
    """

    def __init__(self, root: Path, *, floor: int) -> None:
        self._incoming = root / "incoming"
        self._media = root / "media"
        self._floor = floor
        for directory in (self._incoming, self._media):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @override
    def path_of(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a sha256 in hex: {sha256!r}")
        return self._media / sha256[:2] / sha256[2:4] / sha256

    @override
    def free(self) -> int:
        return shutil.disk_usage(self._media).free - self._floor

    @override
    @asynccontextmanager
    async def receive(self) -> AsyncIterator[Incoming]:
        path = self._incoming / f"{uuid4()}.part"
        file = _IncomingFile(self, path, os.open(path, _NEW | os.O_EXCL, 0o600))
        try:
            yield file
        finally:
            await file.close()
            await file.discard()

    @override
    @asynccontextmanager
    async def resume(self, upload_id: UploadId) -> AsyncIterator[Incoming]:
        path = self._upload_path(upload_id)
        file = _IncomingFile(self, path, os.open(path, _NEW, 0o600))
        try:
            await file.lock()
            yield file
        finally:
            await file.close()

    @override
    async def forget(self, upload_id: UploadId) -> None:
        self._upload_path(upload_id).unlink(missing_ok=True)

    @override
    async def adopt(self, path: Path) -> StoredFile:
        def move() -> StoredFile:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
                stored = _read(descriptor)
            finally:
                os.close(descriptor)
            self._place(path, stored.sha256)
            path.unlink()
            return stored

        return await asyncio.to_thread(move)

    @override
    @asynccontextmanager
    async def workspace(self) -> AsyncIterator[Path]:
        path = self._incoming / f"{uuid4()}.work"
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    @override
    async def stale(self, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        files = self._stale_files(before.timestamp())
        while batch := await asyncio.to_thread(lambda: list(islice(files, _BATCH))):
            yield batch

    @override
    async def remove(self, hashes: Collection[str], *, before: datetime) -> int:
        limit = before.timestamp()
        return await asyncio.to_thread(lambda: sum(self._remove(each, limit) for each in hashes))

    @override
    async def sweep_incoming(self, *, before: datetime, keep: Collection[UploadId]) -> int:
        limit, kept = before.timestamp(), {self._upload_path(each) for each in keep}

        def sweep() -> int:
            swept = 0
            for path in sorted(self._incoming.iterdir()):
                with suppress(FileNotFoundError):
                    if path in kept or _last_touched(path) >= limit:
                        continue
                    if path.is_dir():
                        shutil.rmtree(path)
                    else:
                        path.unlink()
                    swept += 1
            return swept

        return await asyncio.to_thread(sweep)

    def _upload_path(self, upload_id: UploadId) -> Path:
        if not re.fullmatch(r"[0-9a-f-]{36}", upload_id):
            raise ValueError(f"not an upload's id: {upload_id!r}")
        return self._incoming / f"{upload_id}.upload"

    def _place(self, source: Path, sha256: str) -> None:
        """Let the file of `source` appear as `sha256`, replacing what was there, and sync."""
        target = self.path_of(sha256)
        for directory in (target.parent.parent, target.parent):
            if not directory.exists():
                directory.mkdir(mode=0o700, exist_ok=True)
                _sync_directory(directory.parent)
        link = self._incoming / f"{uuid4()}.part"
        os.link(source, link)
        os.utime(link)
        link.replace(target)
        # Renaming one name of a file over another name of the same file does nothing (POSIX).
        link.unlink(missing_ok=True)
        _sync_directory(target.parent)

    def _stale_files(self, limit: float) -> Iterator[str]:
        for first in sorted(self._media.iterdir()):
            for second in sorted(first.iterdir()):
                for path in sorted(second.iterdir()):
                    with suppress(FileNotFoundError):
                        if path.stat().st_mtime < limit and _SHA256.fullmatch(path.name):
                            yield path.name

    def _remove(self, sha256: str, limit: float) -> bool:
        """Take the file aside first: what is fresh by then was uploaded again, and goes back."""
        aside = self._incoming / f"{uuid4()}.part"
        target = self.path_of(sha256)
        try:
            target.rename(aside)
        except FileNotFoundError:
            return False
        if aside.stat().st_mtime < limit:
            aside.unlink()
            return True
        with suppress(FileExistsError):
            os.link(aside, target)
        aside.unlink()
        return False


class _IncomingFile(Incoming):
    """Bytes are gathered, then written and hashed by a thread: the event loop never waits."""

    def __init__(self, store: FileStore, path: Path, descriptor: int) -> None:
        self._store = store
        self._path = path
        self._descriptor = descriptor
        self._written = 0
        self._buffer = bytearray()
        self._hash: hashlib._Hash | None = hashlib.sha256()
        self._head = b""
        self._sealed: StoredFile | None = None
        self._at_work: asyncio.Future[None] | None = None

    @property
    @override
    def size(self) -> int:
        return self._written + len(self._buffer)

    async def lock(self) -> None:
        """Raises `UploadBusy` if somebody else keeps the lock for longer than `LOCK_PATIENCE_S`."""
        give_up = asyncio.get_running_loop().time() + LOCK_PATIENCE_S
        while not self._try_lock():
            if asyncio.get_running_loop().time() > give_up:
                raise UploadBusy(
                    "Another request is sending bytes of this upload."
                    " Wait for it, then ask for the offset."
                )
            await asyncio.sleep(_LOCK_RETRY_S)

    @override
    async def continue_at(self, offset: int) -> None:
        state = os.fstat(self._descriptor)
        if state.st_nlink == 0 or state.st_size < offset:
            raise UploadNotFound("The beginning of this upload is gone. Start it again.")
        os.ftruncate(self._descriptor, offset)
        self._written = offset
        if offset:
            self._hash = None  # its state is not kept between requests: it is hashed in the end

    @override
    async def write(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= WRITE_SIZE:
            await self._flush()

    @override
    async def sync(self) -> None:
        await self._flush()
        await self._in_thread(lambda: os.fsync(self._descriptor))

    @override
    async def seal(self) -> StoredFile:
        await self.sync()
        if self._hash is None:
            self._sealed = await asyncio.to_thread(_read, self._descriptor)
        else:
            self._sealed = StoredFile(self._hash.hexdigest(), self._written, self._head)
        return self._sealed

    @override
    async def keep(self) -> StoredFile:
        sealed = self._sealed or await self.seal()
        await asyncio.to_thread(self._store._place, self._path, sealed.sha256)  # noqa: SLF001
        return sealed

    @override
    async def discard(self) -> None:
        self._path.unlink(missing_ok=True)

    async def close(self) -> None:
        if self._at_work is not None:
            await asyncio.gather(self._at_work, return_exceptions=True)
        os.close(self._descriptor)

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    async def _in_thread(self, work: Callable[[], None]) -> None:
        """Run `work`; a cancelled caller leaves it running, and `close` waits for it.

        A descriptor closed under a running write could by then belong to another file.
        """
        self._at_work = asyncio.get_running_loop().run_in_executor(None, work)
        await asyncio.shield(self._at_work)

    async def _flush(self) -> None:
        if not self._buffer:
            return
        data, self._buffer = bytes(self._buffer), bytearray()
        self._sealed = None
        await self._in_thread(lambda: self._write_now(data))

    def _write_now(self, data: bytes) -> None:
        if (free := self._store.free()) < len(data):
            raise _disk_full(free)
        view = memoryview(data)
        while view:
            try:
                done = os.pwrite(self._descriptor, view, self._written)
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    raise _disk_full(0) from error
                raise
            self._written += done
            view = view[done:]
        if self._hash is not None:
            self._hash.update(data)
            self._head += data[: HEAD_LENGTH - len(self._head)]


def _disk_full(free: int) -> DiskFull:
    return DiskFull(
        "The disk of this box has no space to spare"
        f" ({in_words(max(free, 0))} above what must stay free)."
        " A host can delete tracks to make space."
    )


def _read(descriptor: int) -> StoredFile:
    digest, size, head = hashlib.sha256(), 0, b""
    while data := os.pread(descriptor, WRITE_SIZE, size):
        head = head or data[:HEAD_LENGTH]
        digest.update(data)
        size += len(data)
    return StoredFile(digest.hexdigest(), size, head)


def _last_touched(path: Path) -> float:
    """Of a directory, the latest of its files: a long analysis writes into them, not into it."""
    inside = path.iterdir() if path.is_dir() else ()
    times: list[float] = [each.stat().st_mtime for each in (path, *inside)]
    return max(times)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
