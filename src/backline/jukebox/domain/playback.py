"""What the room wants to hear, and what the player was last known to do."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from typing_extensions import override

from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.policy import Policy
from backline.jukebox.domain.queue import ItemId
from backline.kit.core.errors import (
    Aborted,
    FailedPrecondition,
    InvalidArgument,
    Violation,
)
from backline.kit.core.messages import Aggregate, Event

FAILURES_IN_A_ROW = 5
"""After so many songs that could not be played, playback pauses and says why."""

PLAYER_AWAY = Cause(
    CauseCode.PLAYER_AWAY,
    "The player cannot be reached. Playback goes on by itself when it is back.",
)
NOBODY_CONDUCTS = Cause(
    CauseCode.NOBODY_CONDUCTS,
    "Playback is not being steered right now: the worker process is away. "
    "It goes on by itself when that is back.",
)
OUTPUT_GONE = Cause(
    CauseCode.OUTPUT_GONE,
    "The sound output is gone. Playback goes on by itself when it is back.",
)

UNNAMED = "Backline"
"""What a room is called until somebody names it."""

NAME_LENGTH = 80
TAGLINE_LENGTH = 160


class NothingPlaying(FailedPrecondition):
    """There is no song to do this to."""


class ItemNotPlaying(FailedPrecondition):
    """The song that was meant has ended in the meantime; another one may be playing."""


class OutOfRange(InvalidArgument):
    """A position or a volume that cannot be."""


class InvalidRoomName(InvalidArgument):
    """A room needs a short name that can be read."""


class SomethingPlaying(FailedPrecondition):
    """A test tone is for silence; a song is playing."""


class UnknownOutput(FailedPrecondition):
    """The player has no such sound output, or no longer."""


class StaleRevision(Aborted):
    """The room changed since the caller looked; `metadata.revision` is the current revision."""


class ConductorReplaced(Aborted):
    """Another conductor holds the lease; this one has to stand back."""


class Wanted(StrEnum):
    """What the room wants of the player."""

    PLAYING = "playing"
    PAUSED = "paused"
    STOPPED = "stopped"


class PlayerStatus(StrEnum):
    """What the player does. `unreachable` is how the conductor says that it does not know."""

    IDLE = "idle"
    BUFFERING = "buffering"
    PLAYING = "playing"
    PAUSED = "paused"
    OUTPUT_LOST = "output_lost"
    UNREACHABLE = "unreachable"


class Action(StrEnum):
    """What people can ask of playback."""

    PLAY = "play"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    STOP = "stop"
    SEEK = "seek"
    VOLUME = "volume"
    OUTPUT = "output"
    CROSSFADE = "crossfade"
    TEST_TONE = "test_tone"


@dataclass(frozen=True, slots=True)
class PlaybackRequested(Event):
    """Somebody asks something of playback. Travels to the conductor over the event log.

    `item_id` is the song that was meant: a request that arrives when another one plays
    changes nothing. `position_s` comes with `seek`, `volume` and `muted` with `volume`, `output`
    and `crossfade_s` with the action of that name, `asked_at` with `test_tone`.
    """

    request_id: str
    action: Action
    actor_id: int
    actor_name: str
    item_id: ItemId | None = None
    position_s: float | None = None
    volume: float | None = None
    muted: bool | None = None
    output: str | None = None
    crossfade_s: float | None = None
    asked_at: datetime | None = None

    @property
    @override
    def key(self) -> str:
        return "room"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a song was at one moment: `position_s` at `as_of`, moving at `rate` since.

    `rate` is 1.0 while it sounds and 0.0 otherwise.
    """

    item_id: ItemId
    position_s: float
    as_of: datetime
    rate: float

    def position_at(self, moment: datetime, *, duration_s: float | None = None) -> float:
        """Seconds into the song at `moment`; within the song if its length is known."""
        position = self.position_s + (moment - self.as_of).total_seconds() * self.rate
        position = max(0.0, position)
        return position if duration_s is None else min(position, duration_s)


@dataclass(frozen=True, slots=True)
class Output:
    """What makes the sound.

    `audible` is False where nobody can hear it: a null output, a lost one, an emulated one.
    """

    driver: str = "unknown"
    device: str = ""
    audible: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last event of the player that is in the database."""

    epoch: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class SeekRequest:
    request_id: str
    item_id: ItemId
    position_s: float


@dataclass(eq=False, kw_only=True)
class Room(Aggregate):
    """The one row that everything hangs on: revision, name, policy, playback.

    Attributes:
        revision: Grows with every change that people can see.
        wanted: What the room wants of the player.
        wanted_by: The request that wanted it; makes the command to the player repeatable.
        status: What the player was last known to do.
        wanted_output: The id of the output that somebody chose; empty for the player's own choice.
        crossfade_s: By how much songs overlap; None for the box's setting.
        test_tone: The request that wants one, until the player was told.
        anchor: Where the playing song was; None when nothing plays.
        contact_at: When the player last told where it was; how far `anchor` can be trusted.
        cursor: How far the player's events have been taken over.
        failures: Songs in a row that could not be played.
        message: Why it is silent; None when it is as it should be.
        fence: The number of the conductor that leads.
    """

    revision: int
    name: str
    tagline: str
    policy: Policy
    wanted: Wanted = Wanted.PLAYING
    wanted_by: str = ""
    status: PlayerStatus = PlayerStatus.IDLE
    volume: float = 0.8
    muted: bool = False
    volume_by: str = ""
    wanted_output: str = ""
    wanted_output_by: str = ""
    crossfade_s: float | None = None
    test_tone: str | None = None
    anchor: Anchor | None = None
    contact_at: datetime | None = None
    output: Output = field(default_factory=Output)
    cursor: Cursor = field(default_factory=Cursor)
    seek: SeekRequest | None = None
    failures: int = 0
    message: Cause | None = None
    present: int = 0
    fence: int = 0
    changed: bool = False

    @property
    def named(self) -> bool:
        """Whether somebody has named it."""
        return self.name != UNNAMED or bool(self.tagline)

    def touch(self) -> None:
        """Something that people can see has changed."""
        if not self.changed:
            self.changed = True
            self.revision += 1

    def check_revision(self, expected: int | None) -> None:
        """Raises `StaleRevision` unless the caller has seen the latest change, or does not care."""
        if expected is not None and expected != self.revision:
            raise StaleRevision(
                "The queue changed since you looked. Look again, then decide.",
                revision=str(self.revision),
            )

    def rename(self, name: str, tagline: str) -> None:
        """Raises `InvalidRoomName`."""
        name, tagline = " ".join(name.split()), " ".join(tagline.split())
        wrong = []
        if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
            wrong.append(_unreadable("name", 1, NAME_LENGTH))
        if len(tagline) > TAGLINE_LENGTH or not tagline.isprintable():
            wrong.append(_unreadable("tagline", 0, TAGLINE_LENGTH))
        if wrong:
            raise InvalidRoomName("The room cannot be called that.", violations=tuple(wrong))
        self.name, self.tagline = name, tagline
        self.touch()

    def want(self, wanted: Wanted, request_id: str) -> None:
        if wanted is not self.wanted:
            self.wanted, self.wanted_by = wanted, request_id
            self.touch()
        if wanted is Wanted.PLAYING:
            self.failures = 0
            self.say(None)

    def say(self, message: Cause | None) -> None:
        """Tell people why it is silent; None once it is not."""
        if message != self.message:
            self.message = message
            self.touch()

    def count_failure(self, title: str, reason: Cause) -> None:
        """One more song could not be played; too many in a row pause the room and say why."""
        self.failures += 1
        if self.failures >= FAILURES_IN_A_ROW and self.wanted is Wanted.PLAYING:
            self.wanted, self.wanted_by = Wanted.PAUSED, ""
            detail = (
                f"The last {self.failures} songs could not be played. "
                f"“{title}”: {reason.detail} Press play to go on with the next one."
            )
            metadata = {"count": str(self.failures), "title": title}
            self.say(Cause(CauseCode.SONGS_FAILED, detail, metadata))
        self.touch()


def _unreadable(name: str, least: int, most: int) -> Violation:
    detail = f"{least} to {most} characters that can be read."
    bounds = {"least": str(least), "most": str(most)}
    return Violation(f"#/{name}", detail, "UNREADABLE", bounds)


def skips_needed(share: float, present: int) -> int:
    """How many of those present have to want it; one at least."""
    return max(1, math.ceil(share * present - 1e-9))


def check_volume(volume: float | None) -> None:
    """Raises `OutOfRange`."""
    if volume is not None and not (math.isfinite(volume) and 0.0 <= volume <= 1.0):
        raise OutOfRange(
            "The volume goes from 0 to 1.", violations=(Violation("#/volume", "0 to 1."),)
        )


def check_position(position_s: float) -> None:
    """Raises `OutOfRange`. Past the end is not an error: the player stops at the end."""
    if not math.isfinite(position_s) or position_s < 0:
        raise OutOfRange(
            "A position is a number of seconds from the start.",
            violations=(Violation("#/position_s", "0 or more."),),
        )
