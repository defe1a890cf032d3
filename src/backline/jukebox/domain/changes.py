"""What people did to the room: who, what, to which song, when; and what can be put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backline.jukebox.domain.arrangement import Standpoint
from backline.jukebox.domain.queue import QueueItem
from backline.jukebox.domain.tracks import Person
from backline.kit.core.errors import FailedPrecondition, NotFound

UNDO_FROM_LIST_WINDOW = timedelta(minutes=15)
"""How long hosts can undo what stands in the list of changes."""

KEPT = 2_000
KEPT_FOR = timedelta(days=7)
VOTES_ROUND = 5
"""Votes are told at every fifth."""


class ChangeNotFound(NotFound):
    """There is no change of this number, or it is too long ago."""


class ChangedSince(FailedPrecondition):
    """What was moved has been moved again since; `metadata.change_id` is the later change."""


class What(StrEnum):
    """What somebody did."""

    ADDED = "added"
    REFUSED = "refused"
    REMOVED = "removed"
    CLEARED = "cleared"
    MOVED = "moved"
    UNDONE = "undone"
    VOTED = "voted"
    STARTED = "started"
    PAUSED = "paused"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    VOLUME = "volume"
    OUTPUT = "output"
    CROSSFADE = "crossfade"
    RULE = "rule"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Song:
    """The song that it was done to, as it was called then."""

    title: str
    artist: str
    added_by: Person
    item_id: str | None = None

    @classmethod
    def of(cls, item: QueueItem) -> "Song":
        return cls(item.title, item.artist, item.added_by, item.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that somebody did.

    Attributes:
        by: None for everybody together: votes.
        details: Numbers and names that belong to `what`.
        before: Where items stood, if it can be put back.
        once_in: Not written down again within this time: the same by the same person.
        hosts_only: Others see it only if they did it themselves.
    """

    what: What
    at: datetime
    by: Person | None = None
    song: Song | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[Standpoint] = ()
    once_in: timedelta | None = None
    hosts_only: bool = False


@dataclass(frozen=True, slots=True)
class Undoable:
    """Something that can be put back.

    Attributes:
        before: Where each item stood.
        later: The number of a later change of the same items, if there is one.
    """

    id: int
    what: What
    by_id: int | None
    at: datetime
    song: Song | None
    before: Sequence[Standpoint]
    later: int | None
