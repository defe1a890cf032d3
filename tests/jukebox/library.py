"""The library in memory, and hands on the real one."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from backline.jukebox.analysis.job import KIND, AnalyseAudio
from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.domain.tracks import Person, Track, TrackId, TrackStatus, no_such_track
from backline.jukebox.domain.uploads import LibraryRules, Upload, UploadId, no_such_upload
from backline.jukebox.ports import LibraryUsage
from backline.jukebox.rest import personal, tracks, uploads
from backline.kit.auth.gate import InvalidToken
from backline.kit.core.actor import Actor
from backline.kit.core.errors import Aborted
from backline.kit.http.app import build_app
from backline.kit.jobs.queue import Job
from backline.kit.testing.clock import EPOCH
from tests.jukebox.rooms import ANN, BOB, GUS, HAL, TestRoom

PEOPLE = {actor.name: actor for actor in (HAL, ANN, BOB, GUS)}


def a_track(number: int = 1, *, by: Actor = ANN, **changes: Any) -> Track:
    """A track just uploaded; another number is another file."""
    track = Track.upload(
        file_name=changes.pop("file_name", f"song {number}.flac"),
        sha256=f"{number:064x}",
        size=changes.pop("size", 1000),
        content_type="audio/flac",
        by=Person.of(by),
        at=EPOCH,
    )
    for name, value in changes.items():
        setattr(track, name, value)
    return track


class MemoryTracks:
    """A `TrackRepository`."""

    def __init__(self, uploads: "MemoryUploads | None" = None) -> None:
        self.rows: dict[TrackId, Track] = {}
        self._uploads = uploads or MemoryUploads()

    async def add(self, track: Track) -> Track | None:
        if (twin := await self.with_sha256(track.sha256)) is not None:
            return twin
        self.rows[track.id] = deepcopy(track)
        return None

    async def get(self, track_id: TrackId) -> Track:
        track = self.rows.get(track_id)
        if track is None or track.deleted_at is not None:
            raise no_such_track(track_id)
        return _loaded(track)

    async def with_sha256(self, sha256: str) -> Track | None:
        return next((_loaded(each) for each in self._here() if each.sha256 == sha256), None)

    async def save(self, track: Track) -> None:
        if self.rows[track.id].version != track.version:
            raise Aborted("The track changed while you were changing it.", track_id=track.id)
        track.version += 1
        self.rows[track.id] = deepcopy(track)

    async def analysing_since(self, before: datetime) -> Sequence[Track]:
        return [
            _loaded(each)
            for each in self._here()
            if each.status is TrackStatus.ANALYSING and each.uploaded_at < before
        ]

    async def usage(self, user_id: int) -> LibraryUsage:
        coming = [each for each in self._uploads.rows.values() if each.track_id is None]
        own = [each for each in coming if each.owner.id == user_id]
        sizes = {each.id: each.size + each.derived_size for each in self._here()}
        theirs = [sizes[each.id] for each in self._here() if each.uploaded_by.id == user_id]
        return LibraryUsage(
            theirs=sum(theirs) + sum(each.size for each in own),
            everybodys=sum(sizes.values()) + sum(each.size for each in coming),
            open_uploads=len(own),
        )

    async def stored_files(self, hashes: Collection[str]) -> set[str]:
        needed = {
            sha256
            for each in self._here()
            for sha256 in (each.sha256, each.playable_sha256, *each.covers.values())
        }
        return {sha256 for sha256 in hashes if sha256 in needed}

    def _here(self) -> list[Track]:
        return [each for each in self.rows.values() if each.deleted_at is None]


class MemoryUploads:
    """An `UploadRepository`."""

    def __init__(self) -> None:
        self.rows: dict[UploadId, Upload] = {}

    async def add(self, upload: Upload) -> None:
        self.rows[upload.id] = deepcopy(upload)

    async def get(self, upload_id: UploadId) -> Upload:
        if upload_id not in self.rows:
            raise no_such_upload(upload_id)
        return deepcopy(self.rows[upload_id])

    async def save(self, upload: Upload) -> None:
        if self.rows[upload.id].version != upload.version:
            raise Aborted("Another request continued this upload first.", upload_id=upload.id)
        upload.version += 1
        self.rows[upload.id] = deepcopy(upload)

    async def remove(self, upload_id: UploadId) -> None:
        self.rows.pop(upload_id, None)

    async def expired(self, now: datetime) -> Sequence[UploadId]:
        return [each.id for each in self.rows.values() if each.expires_at < now]

    async def unfinished(self) -> Sequence[UploadId]:
        return [each.id for each in self.rows.values() if each.track_id is None]


class NamesAsTokens:
    """A gate for which a person's name is a token."""

    stale = False

    def verify(self, token: str) -> Actor:
        if token not in PEOPLE:
            raise InvalidToken
        return PEOPLE[token]


@dataclass
class Library:
    """The library's doors over a real database and a real disk."""

    room: TestRoom

    def app(self, rules: LibraryRules | None = None) -> FastAPI:
        return build_app(
            title="Jukebox",
            routers=(tracks.router, uploads.router, personal.router),
            mediator=self.room.mediator,
            clock=self.room.clock,
            state={
                "gate": NamesAsTokens(),
                "media_store": self.room.jukebox.store,
                "library_rules": rules or self.room.jukebox.rules,
            },
        )

    @asynccontextmanager
    async def as_(self, person: Actor | None) -> AsyncIterator[httpx.AsyncClient]:
        """A client that is logged in as `person`."""
        headers = {} if person is None else {"Authorization": f"Bearer {person.name}"}
        transport = httpx.ASGITransport(app=self.app())
        async with httpx.AsyncClient(
            transport=transport, base_url="http://jukebox", headers=headers
        ) as client:
            yield client

    async def upload(
        self, data: bytes, name: str = "song.flac", person: Actor = ANN
    ) -> httpx.Response:
        async with self.as_(person) as client:
            return await client.post("/tracks", files={"file": (name, data)})

    async def analyse(self, track_id: str, *, attempt: int = 1, **limits: Any) -> None:
        """Do the job that an upload leads to."""

        async def report(fraction: float, message: str) -> None:
            pass

        handler = AnalyseAudio(
            self.room.mediator, self.room.jukebox.store, AnalysisLimits(**limits)
        )
        await handler(Job(uuid4(), KIND, {"track_id": track_id}, attempt, 5, report))

    async def ready(self, data: bytes, name: str = "song.flac", person: Actor = ANN) -> str:
        """The id of a track that was uploaded and analysed."""
        answer = await self.upload(data, name, person)
        assert answer.status_code == 202, answer.text
        track_id: str = answer.json()["id"]
        await self.analyse(track_id)
        return track_id

    async def track(self, track_id: str) -> dict[str, Any]:
        async with self.as_(None) as client:
            answer = await client.get(f"/tracks/{track_id}")
            assert answer.status_code == 200, answer.text
            return dict(answer.json())


def _loaded(track: Track) -> Track:
    copy = deepcopy(track)
    copy.events.clear()
    return copy


__all__ = ["ANN", "BOB", "GUS", "HAL", "Library", "a_track"]
