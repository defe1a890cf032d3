"""A file that arrives in pieces: announced, continued, finished, or given up."""

from dataclasses import dataclass

from backline.jukebox.commands.tracks import admit, already_here
from backline.jukebox.domain.tracks import Person, Track, TrackId, TrackStatus
from backline.jukebox.domain.uploads import (
    LibraryRules,
    QuotaReached,
    Upload,
    UploadDiffers,
    UploadId,
)
from backline.jukebox.ports import MediaStore, StoredFile, TrackRepository, UploadRepository
from backline.kit.core.actor import Actor
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginUpload(Command[UploadId]):
    file_name: str
    size: int
    sha256: str | None = None


async def begin_upload(
    command: BeginUpload,
    *,
    actor: Actor,
    tracks: TrackRepository,
    uploads: UploadRepository,
    store: MediaStore,
    rules: LibraryRules,
    clock: Clock,
) -> UploadId:
    """Announce a file. Its size counts for the quota from now on.

    Raises:
        UploadsNotAllowed, EmptyUpload, UploadTooLarge, QuotaReached, DiskFull: It cannot come.
        TrackAlreadyHere: It need not.
    """
    rules.check_may_upload(actor)
    rules.check_size(command.size)
    twin = await tracks.with_sha256(command.sha256) if command.sha256 else None
    if twin is not None and twin.status is not TrackStatus.FAILED:
        raise already_here(twin.id, twin.title)
    usage = await tracks.usage(actor.id)
    if usage.open_uploads >= rules.max_open_uploads:
        raise QuotaReached(
            f"You have {usage.open_uploads} unfinished uploads."
            " Finish or cancel one of them first.",
            count=str(usage.open_uploads),
            case="open",
        )
    rules.check_quota(actor, command.size, theirs=usage.theirs, everybodys=usage.everybodys)
    rules.check_disk(store.free(), command.size)
    upload = Upload.begin(
        file_name=command.file_name,
        size=command.size,
        sha256=command.sha256,
        by=Person.of(actor),
        expires_at=clock.now() + rules.upload_lifetime,
    )
    await uploads.add(upload)
    return upload.id


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceUpload(Command[None]):
    """The bytes from `old` to `new` are on disk."""

    upload_id: UploadId
    old: int
    new: int


async def advance_upload(
    command: AdvanceUpload,
    actor: Actor,
    uploads: UploadRepository,
    rules: LibraryRules,
    clock: Clock,
) -> None:
    """Acknowledge bytes. Raises `UploadNotFound` or, if others were first, `OffsetMismatch`."""
    upload = await uploads.get(command.upload_id)
    upload.check_owner(actor)
    upload.advance(old=command.old, new=command.new, expires_at=clock.now() + rules.upload_lifetime)
    await uploads.save(upload)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishUpload(Command[TrackId]):
    """`file` lies in the store already."""

    upload_id: UploadId
    file: StoredFile
    content_type: str


async def finish_upload(
    command: FinishUpload,
    actor: Actor,
    tracks: TrackRepository,
    uploads: UploadRepository,
    clock: Clock,
) -> TrackId:
    """Make a track of what has arrived. However often it is asked for, it is one track.

    Raises:
        UploadNotFound: It was given up, or is somebody else's.
        UploadDiffers: Something else arrived than was announced.
        TrackAlreadyHere: The same bytes came in another way meanwhile.
    """
    upload = await uploads.get(command.upload_id)
    upload.check_owner(actor)
    if upload.track_id is not None:
        return upload.track_id
    if upload.sha256 is not None and upload.sha256 != command.file.sha256:
        raise UploadDiffers(
            "The file has changed since its upload was announced. Start the upload again.",
            sha256=command.file.sha256,
        )
    upload.check_offset(command.file.size)
    track = Track.upload(
        file_name=upload.file_name,
        sha256=command.file.sha256,
        size=command.file.size,
        content_type=command.content_type,
        by=upload.owner,
        at=clock.now(),
    )
    upload.track_id = await admit(track, tracks)
    await uploads.save(upload)
    return upload.track_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonUpload(Command[None]):
    upload_id: UploadId


async def abandon_upload(command: AbandonUpload, actor: Actor, uploads: UploadRepository) -> None:
    """Forget an upload. What came of a finished one stays. Raises `UploadNotFound`."""
    upload = await uploads.get(command.upload_id)
    upload.check_owner(actor)
    await uploads.remove(upload.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireUploads(Command[int]):
    """Done by the box itself, now and then."""


async def expire_uploads(command: ExpireUploads, uploads: UploadRepository, clock: Clock) -> int:
    """Forget the uploads whose time is over, and tell how many there were."""
    expired = await uploads.expired(clock.now())
    for upload_id in expired:
        await uploads.remove(upload_id)
    return len(expired)


COMMANDS = (begin_upload, advance_upload, finish_upload, abandon_upload, expire_uploads)
