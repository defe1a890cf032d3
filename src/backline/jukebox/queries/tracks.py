"""What can be asked about the library. SQL in, plain data out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backline.jukebox.domain.causes import CauseCode, known_code
from backline.jukebox.domain.searching import words
from backline.jukebox.domain.tracks import (
    Person,
    TrackId,
    TrackNotReady,
    no_such_track,
)
from backline.jukebox.domain.uploads import LibraryRules, UploadId, no_such_upload
from backline.jukebox.ports import (
    LibraryUsage,
    MediaStore,
    TrackRepository,
    UploadRepository,
)
from backline.kit.core.actor import Actor
from backline.kit.core.errors import InvalidArgument
from backline.kit.core.messages import Query

_SHOWN = (
    "id, title, artist, album, duration_s, status, progress, error,"
    " error_code, error_metadata, sha256,"
    " covers <> '{}'::jsonb AS has_cover, uploaded_by_id, uploaded_by_name, uploaded_at, size,"
    " content_type, loudness_lufs"
)


class InvalidCursor(InvalidArgument):
    """The cursor was not given out by this list."""


@dataclass(frozen=True, slots=True)
class TrackView:
    """A track as people see it."""

    id: str
    title: str
    artist: str
    album: str
    duration_s: float | None
    status: str
    progress: float
    error: str | None
    error_code: CauseCode | None
    error_metadata: Mapping[str, str]
    sha256: str
    has_cover: bool
    uploaded_by: Person
    uploaded_at: datetime
    size: int
    content_type: str
    loudness_lufs: float | None


@dataclass(frozen=True, slots=True)
class TrackPage:
    items: Sequence[TrackView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTrack(Query[TrackView]):
    track_id: TrackId


async def get_track(query: GetTrack, connection: AsyncConnection) -> TrackView:
    """Raises `TrackNotFound`."""
    return _view(await _row(connection, query.track_id, _SHOWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTracks(Query[TrackPage]):
    """Newest first.

    Attributes:
        search: Words that all occur in title, artist, album or the uploader's name.
        sha256: Of the whole file.
        uploaded_by_id: Only this person's.
        cursor: Where the last page ended.
        limit: At most 200.
    """

    search: str = ""
    sha256: str | None = None
    uploaded_by_id: int | None = None
    cursor: str | None = None
    limit: int = 50


async def list_tracks(query: ListTracks, connection: AsyncConnection) -> TrackPage:
    """Raises `InvalidCursor`."""
    conditions = ["deleted_at IS NULL"]
    values: dict[str, Any] = {"limit": query.limit + 1}
    for number, word in enumerate(words(query.search)):
        conditions.append(f"search LIKE :word_{number}")
        values[f"word_{number}"] = f"%{word}%"
    if query.search.strip() and not words(query.search):
        conditions.append("false")  # nothing but punctuation was asked for
    if query.sha256 is not None:
        conditions.append("sha256 = :sha256")
        values["sha256"] = query.sha256
    if query.uploaded_by_id is not None:
        conditions.append("uploaded_by_id = :uploaded_by_id")
        values["uploaded_by_id"] = query.uploaded_by_id
    if query.cursor is not None:
        conditions.append("id < :after")
        values["after"] = _from_cursor(query.cursor)
    # Only the fixed texts above are put together here; what people typed travels as values.
    statement = (
        f"SELECT {_SHOWN} FROM tracks WHERE {' AND '.join(conditions)}"  # noqa: S608
        " ORDER BY id DESC LIMIT :limit"
    )
    found = (await connection.execute(text(statement), values)).all()
    items = [_view(row) for row in found[: query.limit]]
    more = len(found) > query.limit
    return TrackPage(items, _to_cursor(items[-1].id) if more else None)


@dataclass(frozen=True, slots=True)
class AudioView:
    """Which stored file to send, and what to call it."""

    sha256: str
    content_type: str
    title: str
    artist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAudio(Query[AudioView]):
    track_id: TrackId


async def get_audio(query: GetAudio, connection: AsyncConnection) -> AudioView:
    """The file as it was uploaded. Raises `TrackNotFound` or `TrackNotReady`."""
    row = await _row(
        connection, query.track_id, "id, sha256, content_type, title, artist, status, error"
    )
    _check_ready(row)
    return AudioView(row.sha256, row.content_type, row.title, row.artist)


@dataclass(frozen=True, slots=True)
class WaveformView:
    """1,000 peaks over the whole length, one byte each."""

    duration_s: float
    peaks: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWaveform(Query[WaveformView]):
    track_id: TrackId


async def get_waveform(query: GetWaveform, connection: AsyncConnection) -> WaveformView:
    """Raises `TrackNotFound` or `TrackNotReady`."""
    row = await _row(connection, query.track_id, "id, title, status, error, duration_s, waveform")
    _check_ready(row)
    return WaveformView(row.duration_s, row.waveform)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCover(Query[str | None]):
    track_id: TrackId
    size: int


async def get_cover(query: GetCover, connection: AsyncConnection) -> str | None:
    """The sha256 of the stored picture; None if the track has none. Raises `TrackNotFound`."""
    row = await _row(connection, query.track_id, "covers")
    covers: Mapping[str, str] = row.covers
    return covers.get(str(query.size))


@dataclass(frozen=True, slots=True)
class UploadView:
    id: str
    file_name: str
    size: int
    offset: int
    expires_at: datetime
    track_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetUpload(Query[UploadView]):
    upload_id: UploadId


async def get_upload(query: GetUpload, actor: Actor, connection: AsyncConnection) -> UploadView:
    """Raises `UploadNotFound`, also for somebody else's."""
    found = await connection.execute(
        text(
            'SELECT id, file_name, size, "offset", expires_at, track_id FROM uploads'
            " WHERE id = :id AND owner_id = :owner_id"
        ),
        {"id": UUID(query.upload_id), "owner_id": actor.id},
    )
    if (row := found.first()) is None:
        raise no_such_upload(query.upload_id)
    track_id = None if row.track_id is None else str(row.track_id)
    return UploadView(str(row.id), row.file_name, row.size, row.offset, row.expires_at, track_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUpload(Query[None]):
    """May about `size` bytes come? Asked before the first of them travels."""

    size: int


async def check_upload(
    query: CheckUpload,
    actor: Actor,
    tracks: TrackRepository,
    store: MediaStore,
    rules: LibraryRules,
) -> None:
    """Raises `UploadsNotAllowed`, `QuotaReached` or `DiskFull`."""
    rules.check_may_upload(actor)
    usage = await tracks.usage(actor.id)
    rules.check_quota(actor, query.size, theirs=usage.theirs, everybodys=usage.everybodys)
    rules.check_disk(store.free(), query.size)


@dataclass(frozen=True, slots=True)
class GetUsage(Query[LibraryUsage]):
    """How much of the library is the caller's."""


async def get_usage(query: GetUsage, actor: Actor, tracks: TrackRepository) -> LibraryUsage:
    return await tracks.usage(actor.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnneededFiles(Query[set[str]]):
    """Which of these stored files no track needs."""

    hashes: Collection[str]


async def unneeded_files(query: UnneededFiles, tracks: TrackRepository) -> set[str]:
    return set(query.hashes) - await tracks.stored_files(query.hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedUploads(Query[list[UploadId]]):
    """Whose incoming files are still wanted."""


async def unfinished_uploads(query: UnfinishedUploads, uploads: UploadRepository) -> list[UploadId]:
    return list(await uploads.unfinished())


async def _row(connection: AsyncConnection, track_id: TrackId, columns: str) -> Any:
    found = await connection.execute(
        text(f"SELECT {columns} FROM tracks WHERE id = :id AND deleted_at IS NULL"),  # noqa: S608 - columns are ours
        {"id": UUID(track_id)},
    )
    if (row := found.first()) is None:
        raise no_such_track(track_id)
    return row


def _view(row: Any) -> TrackView:
    return TrackView(
        id=str(row.id),
        title=row.title,
        artist=row.artist,
        album=row.album,
        duration_s=row.duration_s,
        status=row.status,
        progress=row.progress,
        error=row.error,
        error_code=known_code(row.error_code),
        error_metadata=row.error_metadata,
        sha256=row.sha256,
        has_cover=row.has_cover,
        uploaded_by=Person(row.uploaded_by_id, row.uploaded_by_name),
        uploaded_at=row.uploaded_at,
        size=row.size,
        content_type=row.content_type,
        loudness_lufs=row.loudness_lufs,
    )


def _check_ready(row: Any) -> None:
    if row.status == "failed":
        raise TrackNotReady(
            f"“{row.title}” cannot be played: {row.error}", title=row.title, case="failed"
        )
    if row.status != "ready":
        raise TrackNotReady(
            f"“{row.title}” is still being analysed. Try again in a moment.", title=row.title
        )


def _to_cursor(track_id: str) -> str:
    return urlsafe_b64encode(UUID(track_id).bytes).decode().rstrip("=")


def _from_cursor(cursor: str) -> UUID:
    try:
        return UUID(bytes=urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise InvalidCursor("This cursor is not one of ours. Begin at the first page.") from error


QUERIES = (
    get_track,
    list_tracks,
    get_audio,
    get_waveform,
    get_cover,
    get_upload,
    check_upload,
    get_usage,
    unneeded_files,
    unfinished_uploads,
)
