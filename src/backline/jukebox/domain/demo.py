"""Content for trying: what was made, how far the making is, and when it is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from typing_extensions import override

from backline.jukebox.domain.tracks import Person, TrackId
from backline.kit.core.errors import FailedPrecondition
from backline.kit.core.ids import uuid7
from backline.kit.core.messages import Aggregate, Event

QUIET_FOR = timedelta(seconds=90)
"""A filling that has told nothing for so long is given up: its worker is away."""


class RoomInUse(FailedPrecondition):
    """People have queued or heard songs of their own; demo content would stand among them."""


class DemoBusy(FailedPrecondition):
    """The demo's content is being made, or taken away, at this moment."""


class DemoStillPlaying(FailedPrecondition):
    """A song of the demo is with the player; it has to end before it can be taken away."""


class DemoAction(StrEnum):
    FILL = "fill"
    REMOVE = "remove"


class DemoState(StrEnum):
    ABSENT = "absent"
    FILLING = "filling"
    FILLED = "filled"
    REMOVING = "removing"
    FAILED = "failed"


class DemoStep(StrEnum):
    """What is being done."""

    PEOPLE = "people"
    SOUNDS = "sounds"
    LISTENING = "listening"
    DONE = "done"


class Made(StrEnum):
    """What the demo makes and takes away again. Its people are marked where people are kept."""

    TRACK = "track"
    ITEM = "item"
    PLAYED = "played"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class DemoRequested(Event):
    """Somebody wants the room filled with content for trying, or that content gone."""

    request_id: str
    action: DemoAction
    most_s: float

    @property
    @override
    def key(self) -> str:
        return "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlay:
    """A song of the history: written, not heard, and marked as such."""

    track_id: TrackId
    title: str
    artist: str
    duration_s: float
    by: Person
    started_at: datetime
    heard_s: float
    skipped: bool


@dataclass(eq=False, kw_only=True)
class Demo(Aggregate):
    """How far it is.

    Attributes:
        fraction: Between 0 and 1.
        error: Why it failed, in words.
        at: When it was last heard of.
    """

    state: DemoState = DemoState.ABSENT
    step: DemoStep = DemoStep.DONE
    fraction: float = 0.0
    error: str | None = None
    at: datetime | None = None

    def request(self, action: DemoAction, *, most_s: float, at: datetime) -> None:
        """Raises `DemoBusy`."""
        if self.is_busy(at):
            raise DemoBusy("The demo content is being prepared already. It takes about a minute.")
        self.state = DemoState.FILLING if action is DemoAction.FILL else DemoState.REMOVING
        self.step, self.fraction, self.error, self.at = DemoStep.PEOPLE, 0.0, None, at
        self.events.append(DemoRequested(str(uuid7()), action, most_s))

    def is_busy(self, now: datetime) -> bool:
        """Whether somebody is at work on it."""
        at_work = self.state in {DemoState.FILLING, DemoState.REMOVING}
        return at_work and self.at is not None and now - self.at < QUIET_FOR
