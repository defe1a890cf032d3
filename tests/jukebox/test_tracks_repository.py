"""One contract for every `TrackRepository` and `UploadRepository`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import pytest

from backline.jukebox.domain.tracks import (
    Analysis,
    Person,
    Track,
    TrackId,
    TrackNotFound,
    TrackStatus,
)
from backline.jukebox.domain.uploads import Upload, UploadId, UploadNotFound
from backline.jukebox.ports import TrackRepository, UploadRepository
from backline.kit.core.actor import SYSTEM, Actor
from backline.kit.core.errors import Aborted
from backline.kit.core.ids import uuid7
from backline.kit.db.uow import UnitOfWork
from backline.kit.testing.clock import EPOCH
from tests.jukebox.library import MemoryTracks, MemoryUploads, a_track
from tests.jukebox.rooms import ANN, BOB, TestRoom

FOUND = Analysis(
    title="Night Bus",
    artist="The Valve Room",
    album="Late",
    duration_s=183.2,
    content_type="audio/aiff",
    loudness_lufs=-9.6,
    peak=0.98,
    gain_db=-6.4,
    waveform=bytes(range(250)) * 4,
    playable_sha256="a" * 64,
    covers={96: "b" * 64, 512: "c" * 64},
    derived_size=77,
)


@dataclass
class Repositories:
    tracks: TrackRepository
    uploads: UploadRepository


Transaction = Callable[[], AbstractAsyncContextManager[Repositories]]


def an_upload(*, by: Actor = ANN, size: int = 500, expires_in_s: float = 60) -> Upload:
    return Upload.begin(
        file_name="song.flac",
        size=size,
        sha256=None,
        by=Person.of(by),
        expires_at=EPOCH + timedelta(seconds=expires_in_s),
    )


def facts(track: Track) -> dict[str, Any]:
    return {each.name: getattr(track, each.name) for each in fields(track) if each.name != "events"}


class LibraryContract:
    async def test_what_is_added_can_be_got(self, transaction: Transaction) -> None:
        track = a_track()
        async with transaction() as library:
            assert await library.tracks.add(track) is None

        async with transaction() as library:
            got = await library.tracks.get(track.id)

        assert facts(got) == facts(track)

    async def test_everything_that_an_analysis_found_is_kept(
        self, transaction: Transaction
    ) -> None:
        track = a_track()
        async with transaction() as library:
            await library.tracks.add(track)
        async with transaction() as library:
            loaded = await library.tracks.get(track.id)
            loaded.edit(ANN, album="Later")
            loaded.complete(FOUND)
            await library.tracks.save(loaded)

        async with transaction() as library:
            got = await library.tracks.get(track.id)

        assert facts(got) == facts(loaded)
        assert (got.status, got.album, got.covers) == (TrackStatus.READY, "Later", FOUND.covers)

    async def test_the_same_bytes_are_one_track(self, transaction: Transaction) -> None:
        first, second = a_track(1, by=ANN), a_track(1, by=BOB)
        async with transaction() as library:
            await library.tracks.add(first)

        async with transaction() as library:
            twin = await library.tracks.add(second)

        assert twin is not None
        assert (twin.id, twin.uploaded_by.id) == (first.id, ANN.id)

    async def test_what_was_deleted_is_gone_and_may_come_again(
        self, transaction: Transaction
    ) -> None:
        track = a_track()
        async with transaction() as library:
            await library.tracks.add(track)
        async with transaction() as library:
            loaded = await library.tracks.get(track.id)
            loaded.delete(ANN, at=EPOCH)
            await library.tracks.save(loaded)

        async with transaction() as library:
            with pytest.raises(TrackNotFound):
                await library.tracks.get(track.id)
            assert await library.tracks.with_sha256(track.sha256) is None
            assert await library.tracks.stored_files([track.sha256]) == set()
            assert await library.tracks.add(a_track()) is None

    async def test_what_never_was_is_not_found(self, transaction: Transaction) -> None:
        async with transaction() as library:
            with pytest.raises(TrackNotFound):
                await library.tracks.get(TrackId(str(uuid7())))
            with pytest.raises(UploadNotFound):
                await library.uploads.get(UploadId(str(uuid7())))

    async def test_the_second_of_two_saves_is_aborted(self, transaction: Transaction) -> None:
        track = a_track()
        async with transaction() as library:
            await library.tracks.add(track)
        async with transaction() as library:
            stale = await library.tracks.get(track.id)
        async with transaction() as library:
            await library.tracks.save(await library.tracks.get(track.id))

        async with transaction() as library:
            with pytest.raises(Aborted):
                await library.tracks.save(stale)

    async def test_every_file_that_a_track_needs_is_named(self, transaction: Transaction) -> None:
        track = a_track()
        track.complete(FOUND)
        async with transaction() as library:
            await library.tracks.add(track)

        needed = {track.sha256, FOUND.playable_sha256, *FOUND.covers.values()}
        async with transaction() as library:
            assert await library.tracks.stored_files([*needed, "d" * 64]) == needed

    async def test_what_is_analysed_for_too_long_is_found(self, transaction: Transaction) -> None:
        stuck, ready, fresh = (a_track(number) for number in (1, 2, 3))
        ready.complete(FOUND)
        fresh.uploaded_at = EPOCH + timedelta(hours=1)
        async with transaction() as library:
            for track in (stuck, ready, fresh):
                await library.tracks.add(track)

        async with transaction() as library:
            found = await library.tracks.analysing_since(EPOCH + timedelta(minutes=1))
            assert [track.id for track in found] == [stuck.id]

    async def test_usage_counts_files_transcripts_and_what_is_on_its_way(
        self, transaction: Transaction
    ) -> None:
        mine, theirs = a_track(1, by=ANN, size=1000), a_track(2, by=BOB, size=100)
        mine.complete(FOUND)
        async with transaction() as library:
            for track in (mine, theirs):
                await library.tracks.add(track)
            await library.uploads.add(an_upload(by=ANN, size=10))
            await library.uploads.add(an_upload(by=BOB, size=5))

        async with transaction() as library:
            usage = await library.tracks.usage(ANN.id)

        assert usage.theirs == 1000 + 77 + 10
        assert usage.everybodys == 1000 + 77 + 100 + 10 + 5
        assert usage.open_uploads == 1

    async def test_an_upload_goes_its_way(self, transaction: Transaction) -> None:
        upload, track = an_upload(), a_track()
        async with transaction() as library:
            await library.uploads.add(upload)
            await library.tracks.add(track)
        async with transaction() as library:
            loaded = await library.uploads.get(upload.id)
            loaded.advance(old=0, new=200, expires_at=EPOCH + timedelta(hours=1))
            await library.uploads.save(loaded)
            assert await library.uploads.unfinished() == [upload.id]

        async with transaction() as library:
            loaded = await library.uploads.get(upload.id)
            assert (loaded.offset, loaded.owner) == (200, Person.of(ANN))
            assert await library.uploads.expired(EPOCH + timedelta(minutes=59)) == []
            assert await library.uploads.expired(EPOCH + timedelta(minutes=61)) == [upload.id]
            loaded.track_id = track.id
            await library.uploads.save(loaded)

        async with transaction() as library:
            assert (await library.uploads.get(upload.id)).track_id == track.id
            assert await library.uploads.unfinished() == []
            await library.uploads.remove(upload.id)
        async with transaction() as library:
            with pytest.raises(UploadNotFound):
                await library.uploads.get(upload.id)


class TestMemoryLibrary(LibraryContract):
    @pytest.fixture
    def transaction(self) -> Transaction:
        uploads = MemoryUploads()
        repositories = Repositories(MemoryTracks(uploads), uploads)

        @asynccontextmanager
        async def begin() -> AsyncIterator[Repositories]:
            yield repositories

        return begin


class TestPostgresLibrary(LibraryContract):
    @pytest.fixture
    def transaction(self, room: TestRoom) -> Transaction:
        @asynccontextmanager
        async def begin() -> AsyncIterator[Repositories]:
            async with room.jukebox.container(context={Actor: SYSTEM}) as scope:
                yield Repositories(
                    await scope.get(TrackRepository), await scope.get(UploadRepository)
                )
                await (await scope.get(UnitOfWork)).commit()

        return begin

    async def test_many_at_once_add_the_same_bytes_once(self, transaction: Transaction) -> None:
        async def add() -> str:
            track = a_track()
            async with transaction() as library:
                twin = await library.tracks.add(track)
            return track.id if twin is None else twin.id

        assert len(set(await asyncio.gather(*(add() for _ in range(8))))) == 1
