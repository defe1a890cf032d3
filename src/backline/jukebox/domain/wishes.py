"""What has to be known to decide whether a wish is granted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from backline.jukebox.domain.policy import Standing
from backline.jukebox.domain.queue import ItemId, ItemState
from backline.jukebox.domain.tracks import Person, TrackId, TrackStatus
from backline.kit.core.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class WishedTrack:
    """A track, as far as the queue shows it."""

    id: TrackId
    title: str
    artist: str
    album: str
    duration_s: float | None
    status: TrackStatus
    progress: float
    error: str | None
    sha256: str
    has_cover: bool
    uploaded_by: Person


@dataclass(frozen=True, slots=True)
class Added:
    """A wish that was granted: the new item."""

    item_id: ItemId
    state: ItemState
    revision: int
    track: WishedTrack
    by: Person


@dataclass(frozen=True, slots=True)
class Wish:
    """One person wants to hear one track. `key` makes a repeat of it the same wish."""

    track_id: TrackId
    actor: Actor
    key: str | None = None


@dataclass(slots=True, kw_only=True)
class Standings:
    """What the queue holds, kept up to date while wishes are decided one after another.

    Attributes:
        waiting: Songs that wait, of everybody.
        own: Songs that wait, by person; of those who wish for something.
        twins: Live items, by track; of tracks that are wished for.
        of_artist: Songs that wait, by artist in lower case; of artists that are wished for.
        heard: When a track was last heard to its end.
    """

    waiting: int = 0
    own: Counter[int] = field(default_factory=Counter)
    twins: dict[str, str] = field(default_factory=dict)
    of_artist: Counter[str] = field(default_factory=Counter)
    heard: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, track: WishedTrack, user_id: int) -> Standing:
        return Standing(
            waiting=self.waiting,
            own=self.own[user_id],
            twin_id=self.twins.get(track.id),
            last_heard_at=self.heard.get(track.id),
            of_artist=self.of_artist[track.artist.lower()],
        )

    def count(self, track: WishedTrack, user_id: int, item_id: ItemId) -> None:
        """One more song waits."""
        self.waiting += 1
        self.own[user_id] += 1
        self.twins.setdefault(track.id, item_id)
        self.of_artist[track.artist.lower()] += 1
