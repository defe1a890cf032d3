"""What a player holds and what it can tell. No I/O, no framework."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from backline.kit.core.errors import InvalidArgument

ZERO = timedelta(0)
TEST_TONE = timedelta(seconds=1)
TRUNCATION_FLOOR = timedelta(seconds=2)
TRUNCATION_SHARE = 0.1
NO_URLS = "This player plays files; it does not fetch URLs."


class MalformedCommand(InvalidArgument):
    """A field of the request is missing, or no player could do what it asks."""


class CommandIdReused(InvalidArgument):
    """The id of this command was used for a different one."""


class DriverKind(Enum):
    MINIAUDIO = auto()
    EMULATED = auto()


class Status(Enum):
    IDLE = auto()
    BUFFERING = auto()
    PLAYING = auto()
    PAUSED = auto()
    OUTPUT_LOST = auto()


class EndReason(Enum):
    FINISHED = auto()
    SKIPPED = auto()
    REPLACED = auto()
    STOPPED = auto()
    FAILED = auto()


class Normalisation(Enum):
    OFF = auto()
    TRACK = auto()


class ErrorCode(Enum):
    """What went wrong with an item, or why a command was refused."""

    NOT_FOUND = auto()
    UNSUPPORTED_FORMAT = auto()
    CORRUPT = auto()
    FETCH_FAILED = auto()
    OUTPUT = auto()
    STALE_FENCE = auto()
    STALE_ITEM = auto()
    NOTHING_PLAYING = auto()
    UNKNOWN_OUTPUT = auto()
    TRUNCATED = auto()
    SOMETHING_PLAYING = auto()


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks of a driver.

    Attributes:
        wall: For people and other machines; aware, UTC.
        mono_ns: Never jumps; comparable within one epoch only.
    """

    wall: datetime
    mono_ns: int

    def later(self, by: timedelta) -> "Instant":
        return Instant(self.wall + by, self.mono_ns + by // timedelta(microseconds=1) * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One item, as the backend wants it played. `duration` is the whole file's."""

    item_id: str
    duration: timedelta
    track_id: str = ""
    path: str = ""
    url: str = ""
    sha256: str = ""
    content_type: str = ""
    cue_in: timedelta = ZERO
    cue_out: timedelta | None = None
    gain_db: float = 0.0
    peak: float = 0.0
    no_crossfade: bool = False
    display: str = ""

    @property
    def end(self) -> timedelta:
        """Where it should end, as far as the backend knows."""
        return self.duration if self.cue_out is None else min(self.cue_out, self.duration)

    def clamp(self, position: timedelta) -> timedelta:
        return max(self.cue_in, min(position, self.end))

    def truncated_at(self, position: timedelta) -> bool:
        """Whether a file that ended at `position` is much shorter than was declared."""
        return self.end - position > max(TRUNCATION_FLOOR, self.end * TRUNCATION_SHARE)


def overlap(current: Media, following: Media, crossfade: timedelta) -> timedelta:
    """How long two items sound together: never more than half of either."""
    if following.no_crossfade:
        return ZERO
    halves = ((media.end - media.cue_in) / 2 for media in (current, following))
    return max(ZERO, min(crossfade, *halves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A position that needs no ticks: pos(t) = position + (t - as_of) * rate."""

    item_id: str
    position: timedelta
    as_of: Instant
    rate: float
    output_latency: timedelta


@dataclass(frozen=True, slots=True)
class ItemError:
    item_id: str
    code: ErrorCode
    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where sound goes.

    Attributes:
        reason: Why nobody hears it; empty when all is well.
    """

    id: str
    name: str
    backend: str
    is_null: bool = False
    is_default: bool = False
    sample_rate: int = 48_000
    channels: int = 2
    available: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    seek: bool = True
    gapless: bool = True
    volume: bool = True
    select_output: bool = True
    normalisation: bool = True
    max_crossfade: timedelta = timedelta(seconds=12)
    content_types: tuple[str, ...] = ()
    fetch_url: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    player_id: str
    name: str
    version: str
    driver: DriverKind
    protocol_version: str
    capabilities: Capabilities
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything a controller needs to know, at one moment."""

    player_id: str
    epoch: str
    seq: int
    status: Status
    current: Media | None
    prepared: Media | None
    anchor: Anchor
    buffered: timedelta
    volume: float
    muted: bool
    crossfade: timedelta
    normalisation: Normalisation
    output: Output
    underruns: int
    rendered_frames: int
    last_error: ItemError | None
    fence: int
    test_tone: bool = False

    @property
    def can_pause(self) -> bool:
        return self.current is not None and self.status is not Status.PAUSED

    @property
    def can_seek(self) -> bool:
        return self.current is not None

    @property
    def can_advance(self) -> bool:
        return self.current is not None or self.prepared is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to a command; `refused` is None if it was applied."""

    state: State
    refused: ErrorCode | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ItemStarted:
    anchor: Anchor
    media: Media


@dataclass(frozen=True, slots=True)
class ItemEnded:
    item_id: str
    reason: EndReason
    played: timedelta
    position: timedelta


@dataclass(frozen=True, slots=True)
class PositionChanged:
    anchor: Anchor
    command_id: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    before: Status
    after: Status
    anchor: Anchor
    command_id: str


@dataclass(frozen=True, slots=True)
class NeedNext:
    current_item_id: str
    remaining: timedelta


@dataclass(frozen=True, slots=True)
class OptionsChanged:
    volume: float
    muted: bool
    crossfade: timedelta
    normalisation: Normalisation


@dataclass(frozen=True, slots=True)
class OutputChanged:
    output: Output
    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    error: ItemError
    failures: int


@dataclass(frozen=True, slots=True)
class PreparedChanged:
    prepared: Media | None


PlayerEvent: TypeAlias = (
    ItemStarted
    | ItemEnded
    | PositionChanged
    | StatusChanged
    | NeedNext
    | OptionsChanged
    | OutputChanged
    | ItemError
    | Alert
    | PreparedChanged
)
