"""What the use cases need from the outside."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from backline.jukebox.domain.tracks import Track, TrackId
from backline.jukebox.domain.uploads import Upload, UploadId

# Tracks and uploads


@dataclass(frozen=True, slots=True)
class LibraryUsage:
    """Bytes that are taken, unfinished uploads at their announced size included."""

    theirs: int
    everybodys: int
    open_uploads: int


class TrackRepository(Protocol):
    async def add(self, track: Track) -> Track | None:
        """Store a new track. None if it was added; else the track that has the same bytes, loaded.

        Safe against others who add the same bytes at the same moment.
        """
        ...

    async def get(self, track_id: TrackId) -> Track:
        """Load for update. Raises `TrackNotFound`, also for a deleted one."""
        ...

    async def with_sha256(self, sha256: str) -> Track | None:
        """Load for update the track that has these bytes."""
        ...

    async def save(self, track: Track) -> None:
        """Write back. Raises `Aborted` if someone else saved since it was loaded."""
        ...

    async def usage(self, user_id: int) -> LibraryUsage: ...

    async def stored_files(self, hashes: Collection[str]) -> set[str]:
        """Those of the files in the store that a track still needs, by sha256."""
        ...


class UploadRepository(Protocol):
    async def add(self, upload: Upload) -> None: ...

    async def get(self, upload_id: UploadId) -> Upload:
        """Load and lock: another transaction that asks for it waits. Raises `UploadNotFound`."""
        ...

    async def save(self, upload: Upload) -> None: ...

    async def remove(self, upload_id: UploadId) -> None: ...

    async def expired(self, now: datetime) -> Sequence[UploadId]: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store, safe on disk.

    Attributes:
        head: Its first bytes, enough to tell what it is.
    """

    sha256: str
    size: int
    head: bytes


class Incoming(Protocol):
    """A file on its way into the store. Its name has nothing to do with what users call it."""

    @property
    def size(self) -> int:
        """Bytes written so far."""
        ...

    async def write(self, data: bytes) -> None:
        """Append. Raises `DiskFull` when the floor is reached."""
        ...

    async def sync(self) -> None:
        """Return once everything written so far survives a power cut."""
        ...

    async def seal(self) -> StoredFile:
        """`sync`, and say what has arrived."""
        ...

    async def keep(self) -> StoredFile:
        """Move it to its place in the store and return once that survives a power cut.

        The incoming name stays until `discard`, so that a crash in between loses nothing.
        """
        ...

    async def discard(self) -> None:
        """Forget the incoming name. What `keep` has put in its place stays there."""
        ...


class MediaStore(Protocol):
    """Files by their sha256. What no track needs is swept away after a while."""

    def path_of(self, sha256: str) -> Path: ...

    def free(self) -> int:
        """Bytes that may still be written before the disk's floor is reached."""
        ...

    def receive(self) -> AbstractAsyncContextManager[Incoming]:
        """A new incoming file; discarded on exit."""
        ...

    def resume(self, upload_id: UploadId, *, offset: int) -> AbstractAsyncContextManager[Incoming]:
        """The incoming file of an upload in pieces, cut or grown to `offset`; closed on exit.

        Only one holder at a time, over all processes of the machine. Raises `UploadBusy`.
        """
        ...

    async def forget(self, upload_id: UploadId) -> None:
        """Delete the incoming file of an upload in pieces, if there is one."""
        ...

    async def adopt(self, path: Path) -> StoredFile:
        """Move a finished file into the store."""
        ...

    def workspace(self) -> AbstractAsyncContextManager[Path]:
        """A directory for one job, on the same disk as the store; deleted on exit."""
        ...

    def stale(self, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        """Hashes of stored files last touched before then, in batches."""
        ...

    async def remove(self, hashes: Collection[str], *, before: datetime) -> int:
        """Delete those last touched before then; how many went."""
        ...

    async def sweep_incoming(self, *, before: datetime, keep: Collection[UploadId]) -> int:
        """Delete what was left behind on its way in; how many files went."""
        ...
