"""The library over HTTP: looking, listening, correcting, deleting. Uploading is next door."""

import re
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import FileResponse

from backline.jukebox.commands.tracks import DeleteTrack, EditTrack
from backline.jukebox.domain.causes import CauseCode
from backline.jukebox.domain.formats import Format
from backline.jukebox.domain.tracks import TrackId
from backline.jukebox.ports import MediaStore
from backline.jukebox.queries.tracks import (
    GetAudio,
    GetCover,
    GetTrack,
    GetWaveform,
    ListTracks,
    TrackView,
)
from backline.kit.auth.http import CurrentActor, OptionalActor
from backline.kit.core.actor import Actor
from backline.kit.core.errors import NotFound, Unauthenticated
from backline.kit.http.dependencies import IdempotencyKey, Mediate

router = APIRouter(tags=["tracks"])

FOREVER = 365 * 24 * 3600
"""Seconds. Files are known by their content: what is under an address never changes."""

_EXAMPLE: JsonDict = {
    "id": "019a9c1e-52d4-7b3e-9a61-0f6f4f1c2b11",
    "title": "Night Bus",
    "artist": "The Valve Room",
    "album": "Late",
    "duration_s": 183.2,
    "status": "ready",
    "progress": 1.0,
    "error": None,
    "error_code": None,
    "error_metadata": {},
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "has_cover": True,
    "uploaded_by": {"id": 7, "display_name": "Ann"},
    "uploaded_at": "2026-11-21T19:02:11Z",
    "size": 7340032,
    "content_type": "audio/flac",
    "loudness_lufs": -9.6,
}


class NoCover(NotFound):
    """The track came without a picture, or is not analysed yet."""


class FileMissing(NotFound):
    """The track is known, but its file is not on this machine."""


class LogInToSeeYours(Unauthenticated):
    """`mine=true` without a token."""


class CoverSize(IntEnum):
    SMALL = 96
    LARGE = 512


class PersonBody(BaseModel):
    id: int
    display_name: str


class TrackBody(BaseModel):
    """A sound file of the library."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    title: str
    artist: str
    album: str
    duration_s: float | None = Field(description="Decoded length; null until it is analysed.")
    status: Literal["analysing", "ready", "failed"]
    progress: float = Field(description="Of the analysis, 0 to 1.")
    error: str | None = Field(description="Why it failed, in words.")
    error_code: CauseCode | None = Field(description="The same for programs; more may come.")
    error_metadata: dict[str, str] = Field(description="What words for it name.")
    sha256: str
    has_cover: bool
    uploaded_by: PersonBody
    uploaded_at: datetime
    size: int = Field(description="Bytes of the file as it was uploaded.")
    content_type: str
    loudness_lufs: float | None = Field(description="Integrated, BS.1770-4; null for silence.")

    @classmethod
    def of(cls, view: TrackView) -> "TrackBody":
        return cls.model_validate(view, from_attributes=True)


class TrackPageBody(BaseModel):
    items: list[TrackBody]
    next_cursor: str | None = Field(description="Give it back as `cursor`; null on the last page.")


class TrackChanges(BaseModel):
    """Texts that are left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"title": "Night Bus", "artist": "The Valve Room"}]},
    )

    title: str | None = Field(default=None, max_length=2000)
    artist: str | None = Field(default=None, max_length=2000)
    album: str | None = Field(default=None, max_length=2000)


class WaveformBody(BaseModel):
    """The outline of a track."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"duration_s": 183.2, "peaks": [0.02, 0.31, 0.75]}]}
    )

    duration_s: float
    peaks: list[float] = Field(description="1,000 peaks over the whole length, 0 to 1.")


@router.get("/tracks", summary="Search the library")
async def list_tracks(
    *,
    mediator: Mediate,
    actor: OptionalActor,
    query: Annotated[
        str, Query(max_length=200, description="Words of title, artist, album or uploader.")
    ] = "",
    sha256: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$", description="Is this very file here? Ask before uploading it."
        ),
    ] = None,
    mine: Annotated[bool, Query(description="Only what the caller uploaded.")] = False,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TrackPageBody:
    """Newest first. Case and accents do not matter; every word has to occur, in any order."""
    page = await mediator.send(
        ListTracks(
            search=query,
            sha256=sha256,
            uploaded_by_id=_own_id(actor) if mine else None,
            cursor=cursor,
            limit=limit,
        ),
        actor=actor,
    )
    items = [TrackBody.of(each) for each in page.items]
    return TrackPageBody(items=items, next_cursor=page.next_cursor)


@router.get("/tracks/{track_id}", summary="One track")
async def get_track(track_id: UUID, mediator: Mediate) -> TrackBody:
    return TrackBody.of(await mediator.send(GetTrack(track_id=_id(track_id))))


@router.patch("/tracks/{track_id}", summary="Correct title, artist or album")
async def edit_track(
    track_id: UUID,
    changes: TrackChanges,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> TrackBody:
    """Uploaders may change their own tracks, hosts all. Texts are cut after 300 characters."""
    command = EditTrack(track_id=_id(track_id), **changes.model_dump())
    await mediator.send(command, actor=actor, key=key)
    return TrackBody.of(await mediator.send(GetTrack(track_id=_id(track_id)), actor=actor))


@router.delete("/tracks/{track_id}", status_code=204, summary="Delete a track")
async def delete_track(
    track_id: UUID, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> None:
    """Uploaders may delete their own tracks, hosts all. One that waits or plays is kept."""
    await mediator.send(DeleteTrack(track_id=_id(track_id)), actor=actor, key=key)


@router.get(
    "/tracks/{track_id}/audio",
    summary="Listen",
    response_class=FileResponse,
    responses={200: {"content": {"audio/*": {}}}, 206: {"description": "A part of it"}},
)
@router.head("/tracks/{track_id}/audio", include_in_schema=False)
async def get_audio(
    track_id: UUID, request: Request, mediator: Mediate, actor: CurrentActor
) -> Response:
    """The file as it was uploaded, whole or by `Range`."""
    audio = await mediator.send(GetAudio(track_id=_id(track_id)), actor=actor)
    extension = Format(audio.content_type).extension
    name = f"{audio.artist} - {audio.title}" if audio.artist else audio.title
    return _file(
        request,
        audio.sha256,
        media_type=audio.content_type,
        file_name=f"{_safe_name(name)}.{extension}",
        visibility="private",
    )


@router.get("/tracks/{track_id}/waveform", summary="Outline")
async def get_waveform(track_id: UUID, response: Response, mediator: Mediate) -> WaveformBody:
    """No token needed."""
    waveform = await mediator.send(GetWaveform(track_id=_id(track_id)))
    response.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    peaks = [round(peak / 255, 3) for peak in waveform.peaks]
    return WaveformBody(duration_s=waveform.duration_s, peaks=peaks)


@router.get(
    "/tracks/{track_id}/cover",
    summary="Cover",
    response_class=FileResponse,
    responses={200: {"content": {"image/webp": {}}}},
)
@router.head("/tracks/{track_id}/cover", include_in_schema=False)
async def get_cover(
    track_id: UUID,
    request: Request,
    mediator: Mediate,
    size: Annotated[CoverSize, Query(description="Longer side in pixels.")] = CoverSize.LARGE,
) -> Response:
    """A square or smaller WebP. No token needed."""
    sha256 = await mediator.send(GetCover(track_id=_id(track_id), size=size))
    if sha256 is None:
        raise NoCover("This track has no cover.", track_id=str(track_id))
    return _file(
        request, sha256, media_type="image/webp", file_name="cover.webp", visibility="public"
    )


def _file(
    request: Request, sha256: str, *, media_type: str, file_name: str, visibility: str
) -> Response:
    store = cast(MediaStore, request.app.state.media_store)
    path: Path = store.path_of(sha256)
    etag = f'"{sha256}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"{visibility}, max-age={FOREVER}, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    known = request.headers.get("if-none-match", "")
    if known == "*" or etag in {each.strip().removeprefix("W/") for each in known.split(",")}:
        return Response(status_code=304, headers=headers)
    if not path.is_file():
        raise FileMissing(
            "The file is not on this machine any more. Delete the track and upload it again."
        )
    return FileResponse(
        path,
        media_type=media_type,
        filename=file_name,
        content_disposition_type="inline",
        headers=headers,
    )


def _safe_name(name: str) -> str:
    """For people who save the file: no separators, nothing that a file system takes amiss."""
    return re.sub(r'[\\/:*?"<>|;%]+', "-", name).strip(" .-")[:120] or "track"


def _id(track_id: UUID) -> TrackId:
    return TrackId(str(track_id))


def _own_id(actor: Actor) -> int:
    if actor.id == 0:
        raise LogInToSeeYours("Log in to see what you have uploaded.")
    return actor.id
