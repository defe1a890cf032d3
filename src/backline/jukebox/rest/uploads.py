"""Uploading over HTTP: in one go, or in pieces that survive a bad connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect

from backline.jukebox.commands.tracks import AddTrack
from backline.jukebox.commands.uploads import (
    AbandonUpload,
    AdvanceUpload,
    BeginUpload,
    FinishUpload,
)
from backline.jukebox.domain.formats import HEAD_LENGTH, check_audio
from backline.jukebox.domain.tracks import TrackAlreadyHere, TrackId
from backline.jukebox.domain.uploads import (
    LibraryRules,
    MalformedUpload,
    NotAudio,
    OffsetMismatch,
    UploadDiffers,
    UploadId,
    UploadNotFound,
    UploadsNotAllowed,
)
from backline.jukebox.ports import Incoming, MediaStore, StoredFile
from backline.jukebox.queries.tracks import CheckUpload, GetTrack, GetUpload, GetUsage, UploadView
from backline.jukebox.rest.multipart import FileOfForm
from backline.jukebox.rest.tracks import TrackBody
from backline.kit.auth.http import CurrentActor
from backline.kit.core.actor import Actor, Role
from backline.kit.http.dependencies import IdempotencyKey, Mediate
from backline.kit.http.limits import limits
from backline.kit.mediator import Mediator

router = APIRouter(tags=["uploads"])

SILENCE_S = 20.0
"""Seconds without a byte after which a sender is taken for gone."""

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadBody(BaseModel):
    """A file that arrives in pieces."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019a9c1e-52d4-7b3e-9a61-0f6f4f1c2b11",
                    "file_name": "night bus.flac",
                    "size": 73400320,
                    "offset": 8388608,
                    "expires_at": "2026-11-22T19:02:11Z",
                    "track": None,
                }
            ]
        }
    )

    id: str
    file_name: str
    size: int
    offset: int = Field(description="Bytes that are safely here. Continue from there.")
    expires_at: datetime
    track: TrackBody | None = Field(default=None, description="What came of it, once finished.")


class DuplicateBody(BaseModel):
    """The announced file is in the library already; nothing has to travel."""

    track: TrackBody


class BeginUploadBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"file_name": "night bus.flac", "size": 73400320}]},
    )

    file_name: str = Field(max_length=4096)
    size: int = Field(description="Bytes of the whole file.")
    sha256: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{64}$",
        description="Of the whole file: finds duplicates at once, and damage at the end.",
    )


class UploadLimitsBody(BaseModel):
    """What this room takes from the caller."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "allowed": True,
                    "least_role": "listener",
                    "refusal": None,
                    "max_file_bytes": 209715200,
                    "used_bytes": 73400320,
                    "quota_bytes": 2147483648,
                }
            ]
        }
    )

    allowed: bool
    least_role: str = Field(description="Who may: this role and those above it.")
    refusal: str | None = Field(description="Why the caller may not, in words.")
    max_file_bytes: int = Field(description="Of one file.")
    used_bytes: int = Field(description="What the caller's tracks and open uploads take.")
    quota_bytes: int | None = Field(description="What they may take together; null for hosts.")


@router.post("/tracks", status_code=202, summary="Upload a file in one go", openapi_extra=_FORM)
@limits(body_bytes=None, timeout_s=None)
async def upload_track(
    request: Request, mediator: Mediate, actor: CurrentActor, key: IdempotencyKey = None
) -> TrackBody:
    """WAV, MP3, FLAC, Ogg Vorbis, Opus or AIFF. Listen to `status` for what the analysis says."""
    rules, store = _rules(request), _store(request)
    form = FileOfForm(request.headers.get("content-type", ""))
    announced = request.headers.get("content-length", "")
    size = int(announced) if announced.isdecimal() else 0
    if size > rules.max_file + 1024 * 1024:  # the form around the file is some hundred bytes
        raise rules.too_large()
    await mediator.send(CheckUpload(size=size), actor=actor)
    async with store.receive() as incoming:
        gate = _Gate(incoming, rules)
        try:
            async for piece in form.pieces(request.stream()):
                await gate.write(piece)
        except ClientDisconnect as error:
            raise MalformedUpload("The upload stopped before its end. Send it again.") from error
        file = await incoming.seal()
        rules.check_size(file.size)
        content_type = check_audio(file.head).value
        await incoming.keep()
    command = AddTrack(file_name=form.file_name, file=file, content_type=content_type)
    return await _track(mediator, actor, await mediator.send(command, actor=actor, key=key))


@router.post(
    "/uploads",
    status_code=201,
    summary="Begin an upload in pieces",
    responses={200: {"model": DuplicateBody}},
)
async def begin_upload(
    body: BeginUploadBody,
    response: Response,
    mediator: Mediate,
    actor: CurrentActor,
    key: IdempotencyKey = None,
) -> UploadBody | DuplicateBody:
    """201 and where to send it, or 200 and the track if the very same file is here already."""
    command = BeginUpload(file_name=body.file_name, size=body.size, sha256=body.sha256)
    try:
        upload_id = await mediator.send(command, actor=actor, key=key)
    except TrackAlreadyHere as known:
        response.status_code = 200
        track = await _track(mediator, actor, TrackId(known.metadata["track_id"]))
        return DuplicateBody(track=track)
    return await _upload(mediator, actor, upload_id)


@router.get("/uploads/limits", summary="What may be uploaded")
async def get_limits(request: Request, mediator: Mediate, actor: CurrentActor) -> UploadLimitsBody:
    """Ask before offering it: whether the caller may upload here, how much, and what else not."""
    rules = _rules(request)
    usage = await mediator.send(GetUsage(), actor=actor)
    refusal = None
    try:
        rules.check_may_upload(actor)
    except UploadsNotAllowed as refused:
        refusal = refused
    return UploadLimitsBody(
        allowed=refusal is None,
        least_role=rules.upload_role.value,
        refusal=None if refusal is None else refusal.detail,
        max_file_bytes=rules.max_file,
        used_bytes=usage.theirs,
        quota_bytes=None if actor.role.at_least(Role.HOST) else rules.user_quota,
    )


@router.get("/uploads/{upload_id}", summary="How far an upload is")
async def get_upload(upload_id: UUID, mediator: Mediate, actor: CurrentActor) -> UploadBody:
    return await _upload(mediator, actor, _id(upload_id))


@router.delete("/uploads/{upload_id}", status_code=204, summary="Give an upload up")
async def abandon_upload(
    upload_id: UUID, request: Request, mediator: Mediate, actor: CurrentActor
) -> None:
    await mediator.send(AbandonUpload(upload_id=_id(upload_id)), actor=actor)
    await _store(request).forget(_id(upload_id))


@router.patch(
    "/uploads/{upload_id}",
    summary="Send the next piece",
    openapi_extra=_BYTES,
    responses={202: {"model": TrackBody, "description": "That was the last byte"}},
)
@limits(body_bytes=None, timeout_s=None)
async def continue_upload(
    *,
    upload_id: UUID,
    request: Request,
    response: Response,
    mediator: Mediate,
    actor: CurrentActor,
    upload_offset: Annotated[int, Header(ge=0, description="Where this piece begins.")],
) -> UploadBody | TrackBody:
    """Send the bytes from `Upload-Offset` on, as many as you like, as the raw body.

    If the connection breaks, ask for the offset and go on from there: every byte that was
    acknowledged is on disk. The last byte finishes the upload: 202, with the track. Sending it
    again (or nothing, at the end) gets the same answer.
    """
    identity = _id(upload_id)
    view = await mediator.send(GetUpload(upload_id=identity), actor=actor)
    if view.track_id is None:
        _check_offset(view, upload_offset)
        try:
            view = await _receive(request, identity, upload_offset, mediator, actor)
        except (NotAudio, UploadDiffers, TrackAlreadyHere):
            # It can never become a track: what has arrived is of no use to anybody.
            with suppress(UploadNotFound):
                await mediator.send(AbandonUpload(upload_id=identity), actor=actor)
            await _store(request).forget(identity)
            raise
    if view.track_id is None:
        return await _upload(mediator, actor, identity)
    response.status_code = 202
    return await _track(mediator, actor, TrackId(view.track_id))


async def _receive(
    request: Request, upload_id: UploadId, offset: int, mediator: Mediator, actor: Actor
) -> UploadView:
    """Write what arrives; what has arrived when the sender goes away is kept, too."""
    store = _store(request)
    async with store.resume(upload_id) as incoming:
        view = await mediator.send(GetUpload(upload_id=upload_id), actor=actor)
        if view.track_id is not None:  # somebody else was finishing it while this one waited
            return view
        _check_offset(view, offset)
        await incoming.continue_at(offset)
        gate = _Gate(incoming, _rules(request), sniff=offset == 0, most=view.size)
        with suppress(ClientDisconnect, TimeoutError):
            async for piece in _patiently(request.stream()):
                await gate.write(piece)
        await incoming.sync()
        if incoming.size > offset:
            command = AdvanceUpload(upload_id=upload_id, old=offset, new=incoming.size)
            await mediator.send(command, actor=actor)
        if incoming.size < view.size:
            return view
        file = await incoming.seal()
        content_type = check_audio(file.head).value
        await incoming.keep()
        await _finish(upload_id, file, content_type, mediator, actor)
        await store.forget(upload_id)
    return await mediator.send(GetUpload(upload_id=upload_id), actor=actor)


async def _finish(
    upload_id: UploadId, file: StoredFile, content_type: str, mediator: Mediator, actor: Actor
) -> None:
    command = FinishUpload(upload_id=upload_id, file=file, content_type=content_type)
    await mediator.send(command, actor=actor)


class _Gate:
    """Lets bytes through while they may still become a track.

    Args:
        sniff: Look at the first bytes as soon as they are here.
        most: Bytes that the whole file may have.
    """

    def __init__(
        self, incoming: Incoming, rules: LibraryRules, *, sniff: bool = True, most: int = 0
    ) -> None:
        self._incoming = incoming
        self._rules = rules
        self._head: bytes | None = b"" if sniff else None
        self._announced = most

    async def write(self, piece: bytes) -> None:
        """Raises `UploadTooLarge`, `MalformedUpload`, `NotAudio` or `DiskFull`."""
        size = self._incoming.size + len(piece)
        if self._announced and size > self._announced:
            raise MalformedUpload(
                f"More bytes arrived than the {self._announced} that were announced."
            )
        if size > self._rules.max_file:
            raise self._rules.too_large()
        if self._head is not None:
            self._head += piece[: HEAD_LENGTH - len(self._head)]
            if len(self._head) == HEAD_LENGTH:
                check_audio(self._head)
                self._head = None
        await self._incoming.write(piece)


async def _patiently(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Give up on a sender that went away without a word, so that it may come back."""
    while True:
        try:
            piece = await asyncio.wait_for(anext(body), SILENCE_S)
        except StopAsyncIteration:
            return
        yield piece


def _check_offset(view: UploadView, offset: int) -> None:
    if offset != view.offset:
        raise OffsetMismatch(
            f"{view.offset} of {view.size} bytes are here. Continue from there.",
            offset=str(view.offset),
        )


async def _upload(mediator: Mediator, actor: Actor, upload_id: UploadId) -> UploadBody:
    view = await mediator.send(GetUpload(upload_id=upload_id), actor=actor)
    track = None
    if view.track_id is not None:
        track = await _track(mediator, actor, TrackId(view.track_id))
    return UploadBody(
        id=view.id,
        file_name=view.file_name,
        size=view.size,
        offset=view.offset,
        expires_at=view.expires_at,
        track=track,
    )


async def _track(mediator: Mediator, actor: Actor, track_id: TrackId) -> TrackBody:
    return TrackBody.of(await mediator.send(GetTrack(track_id=track_id), actor=actor))


def _id(upload_id: UUID) -> UploadId:
    return UploadId(str(upload_id))


def _rules(request: Request) -> LibraryRules:
    return cast(LibraryRules, request.app.state.library_rules)


def _store(request: Request) -> MediaStore:
    return cast(MediaStore, request.app.state.media_store)
