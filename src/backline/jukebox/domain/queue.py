"""What waits, plays and has played. One item is one wish of one person to hear one track."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from typing_extensions import override

from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.tracks import Person, TrackId
from backline.kit.core.actor import Actor, Role
from backline.kit.core.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Aggregate, Event

ItemId = NewType("ItemId", str)

UNDO_WINDOW = timedelta(seconds=60)
HEARD_SHARE = 0.5
"""Share of a skipped song from which on it counts as a turn of whoever added it."""


class ItemNotFound(NotFound):
    """There is no item of this id."""


class ItemGone(FailedPrecondition):
    """The item has left the queue: it was heard, skipped, removed, or could not be played."""


class ItemPlaying(FailedPrecondition):
    """What plays is skipped, not removed or moved."""


class ItemLocked(FailedPrecondition):
    """The next item is already with the player; nothing moves across it."""


class ItemPending(FailedPrecondition):
    """The track of this item is still being listened to."""


class NotYourItem(PermissionDenied):
    """Only who added it, and the hosts, may do this."""


class HostsOnly(PermissionDenied):
    """Only hosts may do this."""


class NamelessVisitor(Unauthenticated):
    """Somebody without a name may look, not touch."""


class VotesDecide(FailedPrecondition):
    """Votes keep the item from where its owner wants it."""


class MovedToItself(InvalidArgument):
    """An item cannot stand before or after itself."""


class TrackUnplayable(FailedPrecondition):
    """The track's file cannot be played."""


class NothingToUndo(FailedPrecondition):
    """The last removal or move of this person is too long ago, or was undone."""


class ItemState(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    LOCKED = "locked"
    PLAYING = "playing"
    PLAYED = "played"
    SKIPPED = "skipped"
    FAILED = "failed"
    REMOVED = "removed"


WAITING = frozenset({ItemState.PENDING, ItemState.QUEUED, ItemState.LOCKED})
LIVE = WAITING | {ItemState.PLAYING}


class End(StrEnum):
    """How a song ended."""

    PLAYED = "played"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ItemFailed(Event):
    """An item could not be played, and why."""

    item_id: ItemId
    track_id: TrackId
    reason: str

    @property
    @override
    def key(self) -> str:
        return self.item_id


@dataclass(frozen=True, slots=True)
class TrackPlayed(Event):
    """A song has ended after the room heard it, to its end or until it was skipped.

    `heard_s` is what was heard, in seconds, without pauses. `skipped` tells how it ended.
    """

    item_id: ItemId
    track_id: TrackId
    title: str
    artist: str
    added_by_id: int
    added_by_name: str
    started_at: datetime | None
    ended_at: datetime
    heard_s: float
    skipped: bool

    @property
    @override
    def key(self) -> str:
        return self.item_id


@dataclass(eq=False, kw_only=True)
class QueueItem(Aggregate):
    """One wish.

    Attributes:
        place: Grows with each addition; the policy's tie-break, swapped among one's own songs.
        rank: Where a host put it; None where the policy decides.
        reason: Why it failed, was skipped or removed.
        skip_request: The request that wants what plays to end; None if nobody does.
        title, artist, duration_s: As the track had them when it was added, so that history and
            refusals can name it.
    """

    id: ItemId
    track_id: TrackId
    title: str
    artist: str
    duration_s: float | None
    added_by: Person
    added_at: datetime
    place: int
    state: ItemState
    rank: int | None = None
    votes: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    heard_s: float = 0.0
    reason: Cause | None = None
    skip_request: str | None = None
    dismissed: bool = False

    @classmethod
    def add(
        cls,
        *,
        track_id: TrackId,
        title: str,
        artist: str,
        duration_s: float | None,
        ready: bool,
        by: Person,
        at: datetime,
    ) -> "QueueItem":
        """A new wish; `pending` until its track is `ready`. The repository gives it its place."""
        return cls(
            id=ItemId(str(uuid7())),
            track_id=track_id,
            title=title,
            artist=artist,
            duration_s=duration_s,
            added_by=by,
            added_at=at,
            place=0,
            state=ItemState.QUEUED if ready else ItemState.PENDING,
        )

    def lock(self) -> None:
        """Hand it to the player. Only what is queued can be."""
        if self.state is not ItemState.QUEUED:
            raise self._gone()
        self.state = ItemState.LOCKED

    def start(self, at: datetime) -> bool:
        """The player plays it. False if that is known already, or cannot be: it has ended."""
        if self.state is ItemState.PLAYING or self.state in _OVER:
            return False
        if self.state is ItemState.REMOVED:
            # It was taken out while the player was already crossing over to it.
            self.skip_request = self.skip_request or f"removed-{self.id}"
        self.state, self.started_at = ItemState.PLAYING, at
        return True

    def end(self, end: End, *, at: datetime, heard_s: float, reason: Cause | None = None) -> bool:
        """The player is done with it. False if that is known already."""
        if self.state not in LIVE:
            return False
        if self.state is not ItemState.PLAYING and end is End.PLAYED:
            self.started_at = self.started_at or at - timedelta(seconds=heard_s)
        self.state, self.ended_at = ItemState(end.value), at
        self.heard_s = max(0.0, heard_s)
        self.reason = reason
        if end is End.FAILED:
            self.events.append(ItemFailed(self.id, self.track_id, reason.detail if reason else ""))
        elif self.heard_s > 0:
            self.events.append(
                TrackPlayed(
                    self.id,
                    self.track_id,
                    self.title,
                    self.artist,
                    self.added_by.id,
                    self.added_by.display_name,
                    self.started_at,
                    at,
                    self.heard_s,
                    end is End.SKIPPED,
                )
            )
        return True

    def remove(self, actor: Actor, *, at: datetime) -> None:
        """Take it out of what waits, or put a failed one out of sight.

        Raises:
            NotYourItem, ItemPlaying, ItemGone: As they say.
        """
        self.check_owner(actor, "remove")
        if self.state is ItemState.FAILED and not self.dismissed:
            self.dismissed = True
            return
        if self.state is ItemState.PLAYING:
            raise ItemPlaying(
                f"“{self.title}” is playing. Skip it instead.",
                item_id=self.id,
                title=self.title,
                case="remove",
            )
        if self.state not in WAITING:
            raise self._gone()
        self.state, self.ended_at = ItemState.REMOVED, at
        self.reason = Cause.by(actor.name, CauseCode.REMOVED, "Removed")

    def check_can_move(self) -> None:
        """Raises `ItemLocked`, `ItemPlaying`, `ItemPending` or `ItemGone`."""
        if self.state is ItemState.LOCKED:
            raise ItemLocked(
                f"“{self.title}” is next and already with the player, so it cannot be moved. "
                "It can still be removed.",
                item_id=self.id,
                title=self.title,
            )
        if self.state is ItemState.PLAYING:
            raise ItemPlaying(
                f"“{self.title}” is playing already.", item_id=self.id, title=self.title
            )
        if self.state is ItemState.PENDING:
            raise ItemPending(
                f"“{self.title}” is still being checked. Move it once it has its place.",
                item_id=self.id,
                title=self.title,
            )
        if self.state is not ItemState.QUEUED:
            raise self._gone()

    def check_can_be_voted_for(self) -> None:
        """Raises `ItemPlaying` or `ItemGone`."""
        if self.state is ItemState.PLAYING:
            raise ItemPlaying(
                f"“{self.title}” is playing already; it needs no more votes.",
                item_id=self.id,
                title=self.title,
            )
        if self.state not in WAITING:
            raise self._gone()

    def check_owner(self, actor: Actor, what: str) -> None:
        """Raises `NamelessVisitor` or `NotYourItem`."""
        check_known(actor, f"{what} a song")
        if actor.id != self.added_by.id and not actor.role.at_least(Role.HOST):
            raise NotYourItem(
                f"“{self.title}” was added by {self.added_by.display_name or 'someone else'}. "
                f"Only they and the hosts may {what} it.",
                item_id=self.id,
                title=self.title,
                owner=self.added_by.display_name,
            )

    def _gone(self) -> ItemGone:
        return ItemGone(
            f"“{self.title}” {_GONE.get(self.state, 'is not in the queue any more')}.",
            item_id=self.id,
            title=self.title,
            state=self.state.value,
        )


_OVER = frozenset({ItemState.PLAYED, ItemState.SKIPPED, ItemState.FAILED})
_GONE = {
    ItemState.PLAYED: "has been played already",
    ItemState.SKIPPED: "was skipped already",
    ItemState.FAILED: "could not be played and has left the queue",
    ItemState.REMOVED: "was removed already",
    ItemState.PENDING: "is still being checked",
    ItemState.LOCKED: "is with the player already",
}


def check_known(actor: Actor, what: str) -> None:
    """Raises `NamelessVisitor` for somebody without a token."""
    if not actor.role.at_least(Role.GUEST):
        raise NamelessVisitor(f"Join the room or log in to {what}.")


def check_host(actor: Actor, what: str) -> None:
    """Raises `NamelessVisitor` or `HostsOnly`."""
    check_known(actor, what)
    if not actor.role.at_least(Role.HOST):
        raise HostsOnly(f"Only hosts may {what}.")
