"""Tracks and uploads in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from backline.jukebox.domain.searching import searchable
from backline.jukebox.domain.tracks import Person, Track, TrackId, TrackStatus, no_such_track
from backline.jukebox.domain.uploads import Upload, UploadId, no_such_upload
from backline.jukebox.ports import LibraryUsage
from backline.jukebox.postgres.causes import from_cause, to_cause
from backline.jukebox.postgres.track_tables import TrackRow, UploadRow
from backline.kit.core.errors import Aborted
from backline.kit.db.uow import UnitOfWork

_tracks = cast(Table, TrackRow.__table__)
_uploads = cast(Table, UploadRow.__table__)
_here = _tracks.c.deleted_at.is_(None)
_QUOTA_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('jukebox.library', 0))")


class PostgresTracks:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, track: Track) -> Track | None:
        added = await self._uow.connection.execute(
            insert(_tracks)
            .values(**_from_track(track), version=track.version)
            .on_conflict_do_nothing(index_elements=["sha256"], index_where=_here)
            .returning(_tracks.c.id)
        )
        if added.first() is not None:
            self._uow.track(track)
            return None
        twin = await self.with_sha256(track.sha256)
        if twin is None:  # deleted between the two statements
            raise Aborted("The same file was deleted at this moment. Try again.")
        return twin

    async def get(self, track_id: TrackId) -> Track:
        track = await self._load(_tracks.c.id == track_id)
        if track is None:
            raise no_such_track(track_id)
        return track

    async def with_sha256(self, sha256: str) -> Track | None:
        return await self._load(_tracks.c.sha256 == sha256)

    async def save(self, track: Track) -> None:
        saved = await self._uow.connection.execute(
            update(_tracks)
            .where(_tracks.c.id == track.id, _tracks.c.version == track.version)
            .values(**_from_track(track), version=track.version + 1)
        )
        if saved.rowcount != 1:
            raise Aborted("The track changed while you were changing it.", track_id=track.id)
        track.version += 1

    async def analysing_since(self, before: datetime) -> Sequence[Track]:
        found = await self._uow.connection.execute(
            select(_tracks)
            .where(_tracks.c.status == TrackStatus.ANALYSING.value, _here)
            .where(_tracks.c.uploaded_at < before)
            .with_for_update()
        )
        return [self._loaded(row) for row in found]

    async def usage(self, user_id: int) -> LibraryUsage:
        await self._uow.connection.execute(_QUOTA_LOCK)
        taken = _tracks.c.size + _tracks.c.derived_size
        tracks = await self._uow.connection.execute(
            select(
                func.coalesce(func.sum(taken), 0).label("everybodys"),
                func.coalesce(func.sum(taken).filter(_tracks.c.uploaded_by_id == user_id), 0).label(
                    "theirs"
                ),
            ).where(_here)
        )
        own = _uploads.c.owner_id == user_id
        uploads = await self._uow.connection.execute(
            select(
                func.coalesce(func.sum(_uploads.c.size), 0).label("everybodys"),
                func.coalesce(func.sum(_uploads.c.size).filter(own), 0).label("theirs"),
                func.count().filter(own).label("open"),
            ).where(_uploads.c.track_id.is_(None))
        )
        kept, coming = tracks.one(), uploads.one()
        return LibraryUsage(
            theirs=int(kept.theirs + coming.theirs),
            everybodys=int(kept.everybodys + coming.everybodys),
            open_uploads=coming.open,
        )

    async def stored_files(self, hashes: Collection[str]) -> set[str]:
        wanted = list(hashes)
        found = await self._uow.connection.execute(
            text(
                "SELECT sha256 AS file FROM tracks"
                " WHERE deleted_at IS NULL AND sha256 = ANY(:wanted)"
                " UNION SELECT playable_sha256 FROM tracks"
                " WHERE deleted_at IS NULL AND playable_sha256 = ANY(:wanted)"
                " UNION SELECT cover.value FROM tracks, jsonb_each_text(covers) AS cover"
                " WHERE deleted_at IS NULL AND cover.value = ANY(:wanted)"
            ),
            {"wanted": wanted},
        )
        return {row.file for row in found}

    async def _load(self, condition: ColumnElement[bool]) -> Track | None:
        found = await self._uow.connection.execute(
            select(_tracks).where(condition, _here).with_for_update()
        )
        row = found.first()
        return None if row is None else self._loaded(row)

    def _loaded(self, row: Any) -> Track:
        track = _to_track(row)
        self._uow.track(track)
        return track


class PostgresUploads:
    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def add(self, upload: Upload) -> None:
        await self._uow.connection.execute(
            insert(_uploads).values(**_from_upload(upload), version=upload.version)
        )

    async def get(self, upload_id: UploadId) -> Upload:
        found = await self._uow.connection.execute(
            select(_uploads).where(_uploads.c.id == upload_id).with_for_update()
        )
        if (row := found.first()) is None:
            raise no_such_upload(upload_id)
        upload = Upload(
            id=UploadId(row.id),
            owner=Person(row.owner_id, row.owner_name),
            file_name=row.file_name,
            size=row.size,
            offset=row.offset,
            sha256=row.sha256,
            expires_at=row.expires_at,
            track_id=None if row.track_id is None else TrackId(row.track_id),
        )
        upload.version = row.version
        return upload

    async def save(self, upload: Upload) -> None:
        saved = await self._uow.connection.execute(
            update(_uploads)
            .where(_uploads.c.id == upload.id, _uploads.c.version == upload.version)
            .values(**_from_upload(upload), version=upload.version + 1)
        )
        if saved.rowcount != 1:
            raise Aborted("Another request continued this upload first.", upload_id=upload.id)
        upload.version += 1

    async def remove(self, upload_id: UploadId) -> None:
        await self._uow.connection.execute(delete(_uploads).where(_uploads.c.id == upload_id))

    async def expired(self, now: datetime) -> Sequence[UploadId]:
        found = await self._uow.connection.execute(
            select(_uploads.c.id).where(_uploads.c.expires_at < now).with_for_update()
        )
        return [UploadId(row.id) for row in found]

    async def unfinished(self) -> Sequence[UploadId]:
        found = await self._uow.connection.execute(
            select(_uploads.c.id).where(_uploads.c.track_id.is_(None))
        )
        return [UploadId(row.id) for row in found]


def _from_track(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "search": searchable(
            track.title, track.artist, track.album, track.uploaded_by.display_name
        ),
        "status": track.status.value,
        "progress": track.progress,
        **from_cause("error", track.error),
        "sha256": track.sha256,
        "size": track.size,
        "content_type": track.content_type,
        "uploaded_by_id": track.uploaded_by.id,
        "uploaded_by_name": track.uploaded_by.display_name,
        "uploaded_at": track.uploaded_at,
        "duration_s": track.duration_s,
        "loudness_lufs": track.loudness_lufs,
        "peak": track.peak,
        "gain_db": track.gain_db,
        "waveform": track.waveform,
        "playable_sha256": track.playable_sha256,
        "derived_size": track.derived_size,
        "covers": {str(size): sha256 for size, sha256 in track.covers.items()},
        "edited": sorted(track.edited),
        "deleted_at": track.deleted_at,
    }


def _to_track(row: Any) -> Track:
    track = Track(
        id=TrackId(row.id),
        title=row.title,
        artist=row.artist,
        album=row.album,
        status=TrackStatus(row.status),
        progress=row.progress,
        error=to_cause(row, "error"),
        sha256=row.sha256,
        size=row.size,
        content_type=row.content_type,
        uploaded_by=Person(row.uploaded_by_id, row.uploaded_by_name),
        uploaded_at=row.uploaded_at,
        duration_s=row.duration_s,
        loudness_lufs=row.loudness_lufs,
        peak=row.peak,
        gain_db=row.gain_db,
        waveform=row.waveform,
        playable_sha256=row.playable_sha256,
        derived_size=row.derived_size,
        covers={int(size): sha256 for size, sha256 in row.covers.items()},
        edited=frozenset(row.edited),
        deleted_at=row.deleted_at,
    )
    track.version = row.version
    return track


def _from_upload(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.id,
        "owner_id": upload.owner.id,
        "owner_name": upload.owner.display_name,
        "file_name": upload.file_name,
        "size": upload.size,
        "offset": upload.offset,
        "sha256": upload.sha256,
        "expires_at": upload.expires_at,
        "track_id": upload.track_id,
    }
