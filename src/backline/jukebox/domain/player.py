"""The player as the jukebox sees it: what it was told, what it tells."""

from dataclasses import dataclass
from typing import TypeAlias

from backline.jukebox.domain.causes import Cause
from backline.jukebox.domain.playback import Anchor, Output, PlayerStatus
from backline.jukebox.domain.queue import ItemId
from backline.jukebox.domain.tracks import TrackId
from backline.kit.core.errors import Unavailable


class PlayerUnreachable(Unavailable):
    """The player does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A song, ready for the player.

    Attributes:
        playable_sha256: The file in the store.
        gain_db: What brings it to the room's loudness.
        peak: Its largest sample; 1.0 is full scale, 0.0 not known.
    """

    item_id: ItemId
    track_id: TrackId
    title: str
    playable_sha256: str
    content_type: str
    duration_s: float | None
    gain_db: float
    peak: float


@dataclass(frozen=True, slots=True)
class CommandId:
    """Makes a command repeatable (`id`) and keeps a replaced conductor out (`fence`)."""

    id: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of the player's state that matters here, as of its event `seq` of `epoch`."""

    epoch: str
    seq: int
    status: PlayerStatus
    current: ItemId | None
    prepared: ItemId | None
    anchor: Anchor | None
    volume: float
    muted: bool
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One of the player's outputs. `reason` says why nobody hears it; empty when all is well."""

    id: str
    name: str
    backend: str
    default: bool
    audible: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Where sound goes, and where it could go.

    Attributes:
        lost: The output in use is gone; the player tries to reach it again.
        nowhere: The output in use is one that nobody hears by its nature.
        underruns: Times the output ran dry since the player started.
    """

    driver: str
    devices: tuple[Device, ...]
    output: Device
    lost: bool
    nowhere: bool
    volume: float
    muted: bool
    crossfade_s: float
    longest_crossfade_s: float
    status: PlayerStatus
    underruns: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command. `refused` is the player's error code, None if it was applied."""

    refused: str | None
    detail: str
    state: Snapshot


@dataclass(frozen=True, slots=True)
class Started:
    """An item has become current."""

    item_id: ItemId
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Ended:
    """The current item is over.

    `reason` is "finished", "skipped", "replaced", "stopped" or "failed"; `played_s` was heard.
    """

    item_id: ItemId
    reason: str
    played_s: float


@dataclass(frozen=True, slots=True)
class Moved:
    """The position jumped, or the status changed."""

    anchor: Anchor | None
    status: PlayerStatus | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """An item cannot be played; a current one ends right after."""

    item_id: ItemId
    cause: Cause


@dataclass(frozen=True, slots=True)
class OutputChanged:
    output: Output


@dataclass(frozen=True, slots=True)
class NeedNext:
    """The current item is nearly over and nothing is prepared."""

    item_id: ItemId


@dataclass(frozen=True, slots=True)
class Heartbeat:
    anchor: Anchor | None


@dataclass(frozen=True, slots=True)
class Other:
    """Something that changes nothing here."""


Happening: TypeAlias = (
    Snapshot | Started | Ended | Moved | Broken | OutputChanged | NeedNext | Heartbeat | Other
)


@dataclass(frozen=True, slots=True)
class PlayerEvent:
    """One message of the player: what happened, and its number within the epoch."""

    epoch: str
    seq: int
    what: Happening
