"""What the room takes, and a file that is on its way into the library."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NewType

from backline.jukebox.domain.tracks import TEXT_LENGTH, Person, TrackId
from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import (
    Aborted,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
)
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Aggregate

UploadId = NewType("UploadId", str)

_GIB = 1024**3


class UploadNotFound(NotFound):
    """There is no upload of this id: it expired, was given up, or belongs to somebody else."""


class UploadsNotAllowed(PermissionDenied):
    """The actor's role may not upload in this room."""


class EmptyUpload(InvalidArgument):
    """No byte arrived."""


class UploadTooLarge(InvalidArgument):
    """More bytes than the room takes for one file."""

    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class NotAudio(InvalidArgument):
    """The first bytes are of no sound format that is taken here."""

    http_status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class MalformedUpload(InvalidArgument):
    """The request's body is not the form, or not the bytes, that it should be."""


class UploadDiffers(InvalidArgument):
    """What arrived is not what was announced: another sha256."""


class OffsetMismatch(Aborted):
    """The bytes do not continue where the upload stands; `metadata.offset` says where."""


class UploadBusy(Aborted):
    """Another request is writing to the same upload at this moment."""


class QuotaReached(ResourceExhausted):
    """The uploader's share, or the whole library, is full."""


class DiskFull(ResourceExhausted):
    """The machine must keep some space free, and there is none to spare."""

    http_status = HTTPStatus.INSUFFICIENT_STORAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRules:
    """What the room takes. All sizes in bytes.

    Attributes:
        upload_role: The least role that may upload.
        max_file: One file.
        user_quota: All files of one person; hosts are exempt.
        library_quota: All files of everybody.
        disk_floor: Free space that must stay on the disk.
        upload_lifetime: How long an unfinished upload is kept after its last byte.
        max_open_uploads: Unfinished uploads of one person at a time.
    """

    upload_role: Role = Role.LISTENER
    max_file: int = 200 * 1024**2
    user_quota: int = 2 * _GIB
    library_quota: int = 50 * _GIB
    disk_floor: int = 1 * _GIB
    upload_lifetime: timedelta = timedelta(hours=24)
    max_open_uploads: int = 20

    def check_may_upload(self, actor: Actor) -> None:
        """Raises `UploadsNotAllowed`."""
        if actor.role.at_least(self.upload_role):
            return
        if self.upload_role is Role.LISTENER:
            raise UploadsNotAllowed(
                "Guests may listen, queue and vote, but not upload here. Register or log in to"
                " upload your own tracks, or ask the host to allow uploads by guests.",
                required_role=self.upload_role.value,
            )
        raise UploadsNotAllowed(
            f"Uploading needs the role “{self.upload_role}” here. Ask a host for it.",
            required_role=self.upload_role.value,
        )

    def check_size(self, size: int) -> None:
        """Raises `EmptyUpload` or `UploadTooLarge`."""
        if size <= 0:
            raise EmptyUpload("The file is empty. Choose one that has sound in it.")
        if size > self.max_file:
            raise self.too_large()

    def too_large(self) -> UploadTooLarge:
        return UploadTooLarge(
            f"The file is larger than {in_words(self.max_file)}, the most this room takes. "
            "Upload a compressed version, such as MP3, Ogg or FLAC.",
            max_bytes=str(self.max_file),
        )

    def check_quota(self, actor: Actor, size: int, *, theirs: int, everybodys: int) -> None:
        """Raises `QuotaReached` if `size` more bytes do not fit."""
        if not actor.role.at_least(Role.HOST) and theirs + size > self.user_quota:
            raise QuotaReached(
                f"Your tracks already take {in_words(theirs)} of your {in_words(self.user_quota)}."
                " Delete some of them to upload more.",
                case="own",
                used_bytes=str(theirs),
                quota_bytes=str(self.user_quota),
            )
        if everybodys + size > self.library_quota:
            raise QuotaReached(
                f"The library is full: it takes {in_words(everybodys)} of"
                f" {in_words(self.library_quota)}. A host can delete tracks or raise the limit.",
                case="library",
                used_bytes=str(everybodys),
                quota_bytes=str(self.library_quota),
            )

    def check_disk(self, free: int, size: int) -> None:
        """Raises `DiskFull` if `size` more bytes would leave less than the floor."""
        if free - size < self.disk_floor:
            raise DiskFull(
                f"The disk of this box has {in_words(free)} left and must keep"
                f" {in_words(self.disk_floor)} free. A host can delete tracks to make space.",
            )


@dataclass(eq=False, kw_only=True)
class Upload(Aggregate):
    """A file that arrives in pieces.

    Attributes:
        size: Bytes it will have in the end.
        offset: Bytes that are safely on disk.
        sha256: As announced; what arrives must match. None if nothing was announced.
        track_id: What came of it, once it is finished.
    """

    id: UploadId
    owner: Person
    file_name: str
    size: int
    expires_at: datetime
    offset: int = 0
    sha256: str | None = None
    track_id: TrackId | None = None

    @classmethod
    def begin(
        cls, *, file_name: str, size: int, sha256: str | None, by: Person, expires_at: datetime
    ) -> "Upload":
        return cls(
            id=UploadId(str(uuid7())),
            owner=by,
            file_name=file_name[:TEXT_LENGTH],
            size=size,
            sha256=sha256,
            expires_at=expires_at,
        )

    @property
    def complete(self) -> bool:
        return self.offset == self.size

    def check_owner(self, actor: Actor) -> None:
        """Raises `UploadNotFound`: that somebody else uploads something is nobody's business."""
        if actor.id != self.owner.id:
            raise no_such_upload(self.id)

    def check_offset(self, offset: int) -> None:
        """Raises `OffsetMismatch`."""
        if offset != self.offset:
            raise OffsetMismatch(
                f"{self.offset} of {self.size} bytes are here. Continue from there.",
                offset=str(self.offset),
            )

    def advance(self, *, old: int, new: int, expires_at: datetime) -> None:
        """`new - old` more bytes are on disk. Raises `OffsetMismatch`."""
        self.check_offset(old)
        if new > self.size:
            raise MalformedUpload(
                f"The upload was announced with {self.size} bytes; more of them arrived."
            )
        self.offset, self.expires_at = new, expires_at


def no_such_upload(upload_id: UploadId) -> UploadNotFound:
    return UploadNotFound(
        "There is no such upload. It may have expired; start it again.", upload_id=upload_id
    )


def in_words(size: int) -> str:
    """Bytes for people: `200 MB`, `1.5 GB`."""
    if size < 1000**2:
        return f"{max(size, 0) / 1024:.0f} kB"
    if size < _GIB:
        return f"{size / 1024**2:.0f} MB"
    return f"{size / _GIB:.1f}".removesuffix(".0") + " GB"
