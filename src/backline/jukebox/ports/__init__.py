"""What the use cases need from the outside."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from backline.jukebox.domain.causes import Cause
from backline.jukebox.domain.changes import Change, Undoable
from backline.jukebox.domain.order import Turn
from backline.jukebox.domain.playback import Cursor, Room
from backline.jukebox.domain.player import (
    CommandId,
    Media,
    Outcome,
    PlayerEvent,
    Snapshot,
    Sound,
)
from backline.jukebox.domain.queue import ItemId, ItemState, QueueItem
from backline.jukebox.domain.tracks import Track, TrackId
from backline.jukebox.domain.uploads import Upload, UploadId
from backline.jukebox.domain.wishes import Added, Standings, Wish, WishedTrack
from backline.kit.core.errors import BacklineError

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

    async def analysing_since(self, before: datetime) -> Sequence[Track]:
        """Load for update what was uploaded before then and is still being analysed."""
        ...

    async def usage(self, user_id: int) -> LibraryUsage:
        """What is taken; it stays so until the transaction ends."""
        ...

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

    async def unfinished(self) -> Sequence[UploadId]: ...


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

    async def continue_at(self, offset: int) -> None:
        """Forget what lies behind `offset`. Raises `UploadNotFound` if less than that is there."""
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

    def resume(self, upload_id: UploadId) -> AbstractAsyncContextManager[Incoming]:
        """The incoming file of an upload in pieces; closed on exit.

        Only one holder at a time, over all processes of the machine; others wait a few seconds.
        Call `continue_at` before writing. Raises `UploadBusy`.
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


# The queue and the room


class RoomRepository(Protocol):
    async def get(self) -> Room:
        """Load and lock: changes of the room and of its queue happen one after the other.

        Every command that changes something people can see begins with this.
        """
        ...

    async def save(self, room: Room) -> None:
        """Write back; wakes the feed and the conductor if the revision rose."""
        ...

    def wake(self) -> None:
        """Wake the conductor once this change is committed."""
        ...


class LeaseRepository(Protocol):
    """Who conducts, by the database's clock, so that no two machines' clocks can disagree."""

    async def take(self, owner: str, *, for_s: float) -> int | None:
        """Take or renew the lease.

        Returns:
            The fence, one higher for each new holder; None while another one holds it.
        """
        ...

    async def is_held(self) -> bool:
        """Whether somebody conducts."""
        ...

    async def give_back(self, owner: str) -> None:
        """Let the next one take it at once."""
        ...


class QueueRepository(Protocol):
    async def get(self, item_id: ItemId) -> QueueItem:
        """Raises `ItemNotFound`."""
        ...

    async def save(self, item: QueueItem) -> None: ...

    async def waiting(self) -> list[QueueItem]:
        """All that is pending, queued or locked, in no order."""
        ...

    async def in_state(self, state: ItemState) -> QueueItem | None:
        """The item that is locked, or the one that plays."""
        ...

    async def turns(self, since: datetime) -> list[Turn]:
        """What was heard since then, oldest first; the playing song is last."""
        ...

    async def vote(self, item_id: ItemId, user_id: int) -> bool:
        """False if that person had voted for it already."""
        ...

    async def take_back_vote(self, item_id: ItemId, user_id: int) -> bool:
        """False if that person had not voted for it."""
        ...

    async def skip_vote(self, item_id: ItemId, user_id: int) -> bool:
        """False if that person had voted already."""
        ...

    async def take_back_skip_vote(self, item_id: ItemId, user_id: int) -> bool: ...

    async def skip_votes(self, item_id: ItemId) -> int: ...

    async def dismiss_failed(self, *, before: datetime) -> int:
        """Put failed items that ended before then out of sight; how many."""
        ...

    async def track_ready(self, track_id: TrackId) -> None:
        """What waited for the analysis of this track is queued now."""
        ...

    async def track_failed(self, track_id: TrackId, reason: Cause) -> None:
        """What waited for the analysis of this track has failed, for this reason."""
        ...

    async def recount_votes(self) -> int:
        """Set the votes of every live item to their recount; how many were wrong."""
        ...

    async def touch(self) -> None:
        """Something about a track that people can see has changed."""
        ...

    async def is_in_use(self, track_id: TrackId) -> bool:
        """Whether the track waits or plays."""
        ...


class ChangeRepository(Protocol):
    """What people did to the room; kept for as long as somebody may want to look at it."""

    async def record(self, *changes: Change) -> None: ...

    async def merge(self, change: Change, *, within_s: float) -> None:
        """Write down what is done in many small steps as one change: a volume, for instance."""
        ...

    async def last_of(self, actor_id: int) -> Undoable | None:
        """The person's last change that can be put back, unless it has been."""
        ...

    async def get(self, change_id: int) -> Undoable:
        """Raises `ChangeNotFound`, also for what cannot be put back or has been."""
        ...

    async def mark_undone(self, change_id: int) -> None: ...

    async def tidy(self, *, keep: int, before: datetime) -> None:
        """Forget all but the latest `keep`, and what happened before then."""
        ...


class WishRepository(Protocol):
    """Many wishes in few statements."""

    async def tracks(self, ids: Collection[TrackId]) -> dict[TrackId, WishedTrack]:
        """Those of the tracks that exist; nobody else changes them until this is committed."""
        ...

    async def granted_before(self, wishes: Sequence[Wish]) -> dict[Wish, Added | BacklineError]:
        """What came of those wishes that were made before under the same key.

        A refusal for a key that stood for another wish then.
        """
        ...

    def reused_key(self, wish: Wish) -> BacklineError:
        """The refusal of a key that stands for another wish."""
        ...

    async def standings(
        self, tracks: Collection[WishedTrack], user_ids: Collection[int]
    ) -> Standings: ...

    async def add(self, items: Sequence[QueueItem]) -> None:
        """Store new items and give them places behind all others, in this order."""
        ...

    async def remember(self, granted: Mapping[Wish, Added]) -> None:
        """Keep what came of wishes that have a key."""
        ...


class Player(Protocol):
    """The one that owns the sound card. Every command may be repeated with the same id.

    All raise `PlayerUnreachable` if it does not answer in time.
    """

    async def state(self) -> Snapshot: ...

    async def sound(self) -> Sound: ...

    def watch(self, cursor: Cursor) -> AsyncGenerator[PlayerEvent, None]:
        """What happened after `cursor`, then what happens; a snapshot where that is not known."""
        ...

    async def prepare(self, command: CommandId, media: Media, *, current: ItemId) -> Outcome: ...

    async def clear_prepared(self, command: CommandId, item_id: ItemId) -> Outcome: ...

    async def play(
        self, command: CommandId, media: Media, *, start_at_s: float, paused: bool
    ) -> Outcome: ...

    async def advance(self, command: CommandId, item_id: ItemId) -> Outcome: ...

    async def pause(self, command: CommandId, item_id: ItemId) -> Outcome: ...

    async def resume(self, command: CommandId, item_id: ItemId) -> Outcome: ...

    async def stop(self, command: CommandId) -> Outcome: ...

    async def seek(self, command: CommandId, item_id: ItemId, position_s: float) -> Outcome: ...

    async def set_volume(self, command: CommandId, volume: float, *, muted: bool) -> Outcome: ...

    async def set_options(self, command: CommandId, *, crossfade_s: float) -> Outcome: ...

    async def select_output(self, command: CommandId, output_id: str) -> Outcome: ...

    async def play_test_tone(self, command: CommandId) -> Outcome: ...
