"""What people get to see of the room, as JSON: the shapes of `GET /queue` and of the socket.

Every number that may have a fraction is a float, so that two documents compare by value.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from backline.jukebox.domain.causes import CauseCode
from backline.jukebox.domain.policy import Policy
from backline.jukebox.domain.tracks import Person
from backline.jukebox.domain.wishes import Added

_TRACK = {
    "id": "0199aa31-7c1e-7f00-8a51-0c8f5d2f9b10",
    "title": "Night Bus",
    "artist": "Lamplight",
    "album": "Late Lines",
    "duration_s": 183.2,
    "status": "ready",
    "progress": 1.0,
    "error": None,
    "error_code": None,
    "error_metadata": {},
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "has_cover": True,
    "uploaded_by": {"id": 7, "display_name": "Ann"},
}
_ITEM = {
    "id": "0199aa33-02f4-7d1c-9d3f-5a3f1a2b3c4d",
    "track": _TRACK,
    "added_by": {"id": 7, "display_name": "Ann"},
    "state": "queued",
    "votes": 3,
    "voted": False,
    "starts_at": "2026-11-21T22:41:07Z",
    "starts_at_exact": True,
    "reason": None,
    "reason_code": None,
    "reason_metadata": {},
}
_PLAYBACK = {
    "state": "playing",
    "item_id": _ITEM["id"],
    "item": {**_ITEM, "state": "playing"},
    "position_s": 12.4,
    "as_of": "2026-11-21T22:38:16.100Z",
    "rate": 1.0,
    "volume": 0.8,
    "muted": False,
    "output": {"driver": "miniaudio", "device": "Built-in Audio", "audible": True},
    "skip": {"votes": 3, "needed": 12},
    "message": None,
    "message_code": None,
    "message_metadata": {},
}


class View(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(value: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class PersonView(View):
    id: int
    display_name: str


class TrackView(View):
    """A track, as far as the queue shows it."""

    model_config = _example(_TRACK)

    id: str
    title: str
    artist: str
    album: str
    duration_s: float | None
    status: str
    progress: float
    error: str | None
    error_code: CauseCode | None
    error_metadata: dict[str, str]
    sha256: str
    has_cover: bool
    uploaded_by: PersonView


class ItemView(View):
    """One wish. `starts_at` is null while nothing plays; not exact after a song of unknown length.

    `voted` is personal: false in what everybody shares. `reason` says why it failed;
    `reason_code` says the same to programs (more codes may come), `reason_metadata` what it names.
    """

    model_config = _example(_ITEM)

    id: str
    track: TrackView
    added_by: PersonView
    state: str
    votes: int
    voted: bool
    starts_at: str | None
    starts_at_exact: bool
    reason: str | None
    reason_code: CauseCode | None
    reason_metadata: dict[str, str]


def added_item(added: Added) -> dict[str, Any]:
    """What a new item looks like, as plain JSON data; when it starts shows in the queue."""
    track = added.track
    return {
        "id": added.item_id,
        "track": {
            "id": track.id,
            "title": track.title,
            "artist": track.artist,
            "album": track.album,
            "duration_s": track.duration_s,
            "status": track.status.value,
            "progress": track.progress,
            "error": track.error,
            "error_code": None,
            "error_metadata": {},
            "sha256": track.sha256,
            "has_cover": track.has_cover,
            "uploaded_by": _person(track.uploaded_by),
        },
        "added_by": _person(added.by),
        "state": added.state.value,
        "votes": 0,
        "voted": False,
        "starts_at": None,
        "starts_at_exact": True,
        "reason": None,
        "reason_code": None,
        "reason_metadata": {},
    }


def _person(person: Person) -> dict[str, Any]:
    return {"id": person.id, "display_name": person.display_name}


class OutputView(View):
    driver: str
    device: str
    audible: bool


class SkipView(View):
    votes: int
    needed: int


class PlaybackView(View):
    """Where playback is: at `position_s` at the moment `as_of`, moving at `rate` since.

    `state` is idle, playing or paused. `message` says why it is silent when it should not be.
    """

    model_config = _example(_PLAYBACK)

    state: str
    item_id: str | None
    item: ItemView | None
    position_s: float
    as_of: str | None
    rate: float
    volume: float
    muted: bool
    output: OutputView
    skip: SkipView
    message: str | None
    message_code: CauseCode | None
    message_metadata: dict[str, str]


class PolicyView(View):
    """The rule of the room. Limits that are null do not bind; hosts are exempt from most."""

    model_config = _example(
        {
            "kind": "fair_turns",
            "open": True,
            "max_waiting": 3,
            "max_items": 500,
            "max_track_s": 900,
            "cooldown_s": 3600,
            "duplicates": False,
            "artist_limit": None,
            "skip_share": 0.5,
            "catch_up": 1.0,
            "vote_credit": 0.1,
            "memory_s": 43200,
        }
    )

    kind: str
    open: bool
    max_waiting: int | None
    max_items: int
    max_track_s: int | None
    cooldown_s: int
    duplicates: bool
    artist_limit: int | None
    skip_share: float
    catch_up: float
    vote_credit: float
    memory_s: int

    @classmethod
    def of(cls, policy: Policy) -> "PolicyView":
        return cls(
            kind=policy.kind.value,
            open=policy.open,
            max_waiting=policy.max_waiting,
            max_items=policy.max_items,
            max_track_s=policy.max_track_s,
            cooldown_s=policy.cooldown_s,
            duplicates=policy.duplicates,
            artist_limit=policy.artist_limit,
            skip_share=float(policy.skip_share),
            catch_up=float(policy.catch_up),
            vote_credit=float(policy.vote_credit),
            memory_s=policy.memory_s,
        )


class RoomNameView(View):
    name: str
    tagline: str


class RoomView(RoomNameView):
    """`present` is how many have the room open."""

    model_config = _example(
        {"name": "The Valve Room", "tagline": "Open stage, Friday", "present": 118}
    )

    present: int


class QueueView(View):
    """The whole room at one revision.

    `items` are in the order of play: locked, queued, pending; then failed ones, until somebody
    dismisses them or an hour has passed. `heard` is how many were played or skipped until now.
    """

    model_config = _example(
        {
            "revision": 412,
            "room": {"name": "The Valve Room", "tagline": "Open stage, Friday"},
            "policy": {"kind": "fair_turns"},
            "items": [_ITEM],
            "heard": 31,
            "playback": _PLAYBACK,
        }
    )

    revision: int
    room: RoomNameView
    policy: PolicyView
    items: list[ItemView]
    heard: int
    playback: PlaybackView


class HistoryItemView(ItemView):
    """What has been played, skipped or could not be played. `heard_s` is without pauses."""

    started_at: str | None
    ended_at: str
    heard_s: float


class HistoryView(View):
    items: list[HistoryItemView]
    next_cursor: str | None
