"""What a track is, and who may do what with it."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from typing_extensions import override

from backline.jukebox.domain.causes import Cause
from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
)
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Aggregate, Event

TrackId = NewType("TrackId", str)

TEXT_LENGTH = 300
"""Characters of a title, artist or album that are kept."""

UNTITLED = "Untitled"

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200d", "\ufe0f"}  # emoji sequences fall apart without them
# Letters and signs that are drawn as nothing: fillers of Hangul, the empty Braille pattern.
_BLANK = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", " "}


class TrackNotFound(NotFound):
    """There is no track of this id, or it was deleted."""


class TrackAlreadyHere(AlreadyExists):
    """The library holds the very same bytes; `metadata.track_id` names the track."""


class NotYourTrack(PermissionDenied):
    """Only its uploader and hosts may change a track."""


class TrackInQueue(FailedPrecondition):
    """The track waits in the queue or plays; it has to be removed there first."""


class TrackNotReady(FailedPrecondition):
    """The track has no sound, picture or waveform yet, or never will."""


class EmptyTitle(InvalidArgument):
    """A title has nothing to show."""


class TrackStatus(StrEnum):
    ANALYSING = "analysing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrackUploaded(Event):
    """A file is safely stored; it has to be analysed."""

    track_id: TrackId
    sha256: str

    @property
    @override
    def key(self) -> str:
        return self.track_id


@dataclass(frozen=True, slots=True)
class TrackAnalysed(Event):
    """A track can be played."""

    track_id: TrackId
    title: str
    artist: str
    duration_s: float

    @property
    @override
    def key(self) -> str:
        return self.track_id


@dataclass(frozen=True, slots=True)
class TrackRejected(Event):
    """A track can not be played, and why."""

    track_id: TrackId
    reason: str

    @property
    @override
    def key(self) -> str:
        return self.track_id


@dataclass(frozen=True, slots=True)
class TrackDeleted(Event):
    """A track has left the library."""

    track_id: TrackId

    @property
    @override
    def key(self) -> str:
        return self.track_id


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the room sees them. `id` is 0 for the box itself."""

    id: int
    display_name: str

    @classmethod
    def of(cls, actor: Actor) -> "Person":
        return cls(actor.id, actor.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What listening to a whole file brought to light.

    Attributes:
        title, artist, album: From its tags; empty where there are none.
        duration_s: Decoded frames over the sample rate.
        content_type: By what it is, not by what it was called.
        loudness_lufs: Integrated, ITU-R BS.1770-4; None for silence.
        peak: Largest sample, 1.0 is full scale.
        gain_db: What the player adds to reach the room's level without clipping.
        waveform: 1,000 peaks over the whole length, one byte each, 255 is full scale.
        playable_sha256: The stored file that the player takes: the upload itself, or its transcript
            in FLAC where the player does not know the format.
        covers: Stored pictures by the length of their longer side in pixels; empty without one.
        derived_size: Bytes of the transcript and the pictures together.
    """

    title: str
    artist: str
    album: str
    duration_s: float
    content_type: str
    loudness_lufs: float | None
    peak: float
    gain_db: float
    waveform: bytes
    playable_sha256: str
    covers: dict[int, str]
    derived_size: int = 0


@dataclass(eq=False, kw_only=True)
class Track(Aggregate):
    """One sound file of the library.

    `edited` names the texts that a person has changed; an analysis leaves those alone.
    """

    id: TrackId
    title: str
    sha256: str
    size: int
    content_type: str
    uploaded_by: Person
    uploaded_at: datetime
    artist: str = ""
    album: str = ""
    duration_s: float | None = None
    status: TrackStatus = TrackStatus.ANALYSING
    progress: float = 0.0
    error: Cause | None = None
    loudness_lufs: float | None = None
    peak: float | None = None
    gain_db: float = 0.0
    waveform: bytes | None = None
    playable_sha256: str | None = None
    covers: dict[int, str] = field(default_factory=dict)
    derived_size: int = 0
    edited: frozenset[str] = frozenset()
    deleted_at: datetime | None = None

    @property
    def has_cover(self) -> bool:
        return bool(self.covers)

    @classmethod
    def upload(
        cls,
        *,
        file_name: str,
        sha256: str,
        size: int,
        content_type: str,
        by: Person,
        at: datetime,
    ) -> "Track":
        """A stored file, not yet listened to. Until then it is called after its file."""
        track = cls(
            id=TrackId(str(uuid7())),
            title=title_of_file(file_name),
            sha256=sha256,
            size=size,
            content_type=content_type,
            uploaded_by=by,
            uploaded_at=at,
        )
        track.events.append(TrackUploaded(track.id, sha256))
        return track

    def analyse_again(self, *, at: datetime) -> None:
        """Give a failed track another chance, with the same bytes, uploaded again."""
        if self.status is not TrackStatus.FAILED:
            return
        self.status, self.progress, self.error = TrackStatus.ANALYSING, 0.0, None
        self.uploaded_at = at
        self.events.append(TrackUploaded(self.id, self.sha256))

    def report_progress(self, fraction: float) -> bool:
        """Move forward, never back. False if nothing changed or the analysis is over."""
        if self.status is not TrackStatus.ANALYSING or fraction <= self.progress:
            return False
        self.progress = min(fraction, 1.0)
        return True

    def complete(self, analysis: Analysis) -> bool:
        """The file can be played. False if that was known before."""
        if self.status is TrackStatus.READY:
            return False
        for name in ("title", "artist", "album"):
            if name not in self.edited and (found := clean_text(getattr(analysis, name))):
                setattr(self, name, found)
        self.duration_s = analysis.duration_s
        self.content_type = analysis.content_type
        self.loudness_lufs = analysis.loudness_lufs
        self.peak = analysis.peak
        self.gain_db = analysis.gain_db
        self.waveform = analysis.waveform
        self.playable_sha256 = analysis.playable_sha256
        self.covers = dict(analysis.covers)
        self.derived_size = analysis.derived_size
        self.status, self.progress, self.error = TrackStatus.READY, 1.0, None
        self.events.append(TrackAnalysed(self.id, self.title, self.artist, self.duration_s))
        return True

    def reject(self, reason: Cause) -> bool:
        """The file cannot be played. False if the analysis was over before."""
        if self.status is not TrackStatus.ANALYSING:
            return False
        self.status, self.error = TrackStatus.FAILED, reason
        self.events.append(TrackRejected(self.id, reason.detail))
        return True

    def edit(
        self,
        actor: Actor,
        *,
        title: str | None = None,
        artist: str | None = None,
        album: str | None = None,
    ) -> None:
        """Correct the texts. Raises `NotYourTrack` or `EmptyTitle`."""
        self.check_may_change(actor, "edit")
        if title is not None and not clean_text(title):
            raise EmptyTitle("A track needs a title that can be read.")
        changes = {"title": title, "artist": artist, "album": album}
        given = {name: clean_text(text) for name, text in changes.items() if text is not None}
        for name, text in given.items():
            setattr(self, name, text)
        self.edited |= given.keys()

    def delete(self, actor: Actor, *, at: datetime) -> None:
        """Take it out of the library. Raises `NotYourTrack`."""
        self.check_may_change(actor, "delete")
        self.deleted_at = at
        self.events.append(TrackDeleted(self.id))

    def check_may_change(self, actor: Actor, what: str) -> None:
        """Raises `NotYourTrack`."""
        own = actor.role.at_least(Role.GUEST) and actor.id == self.uploaded_by.id
        if not own and not actor.role.at_least(Role.HOST):
            raise NotYourTrack(
                f"“{self.title}” was uploaded by {self.uploaded_by.display_name or 'someone else'}."
                f" Only they and the hosts may {what} it.",
                track_id=self.id,
                title=self.title,
                owner=self.uploaded_by.display_name,
            )


def no_such_track(track_id: TrackId) -> TrackNotFound:
    return TrackNotFound("There is no such track. It may have been deleted.", track_id=track_id)


def clean_text(text: str) -> str:
    """One line that can be shown anywhere: no control, bidi or private characters, no long runs.

    Cut after `TEXT_LENGTH` characters, never between a letter and its accents.
    """
    kept = "".join(
        character if character in _JOINERS else " " if character.isspace() else character
        for character in text[: TEXT_LENGTH * 20]
        if character in _JOINERS
        or character.isspace()
        or unicodedata.category(character) not in _INVISIBLE
    )
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    if all(character in _JOINERS or character in _BLANK for character in line):
        return ""
    if len(line) <= TEXT_LENGTH:
        return line
    end = TEXT_LENGTH - 1
    while end > 0 and (unicodedata.combining(line[end]) or line[end] in _JOINERS):
        end -= 1
    return line[:end].rstrip("".join(_JOINERS) + " ") + "…"


def title_of_file(file_name: str) -> str:
    """What to call a track that has only a file name. The name is never used as a path."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, extension = last.rpartition(".")
    if not dot or not stem or len(extension) > 5 or not extension.isalnum():  # noqa: PLR2004
        stem = last
    return clean_text(stem.replace("_", " ")) or UNTITLED
