"""What the core asks of a driver, and what a driver tells the core."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from backline.player.domain import (
    Capabilities,
    DriverKind,
    ErrorCode,
    Instant,
    Media,
    Output,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The current item came to its end, and the prepared one goes on from there."""

    at: Instant
    position: timedelta
    played: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RanOut:
    """The current item came to its end, and nothing follows."""

    at: Instant
    position: timedelta
    played: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """An item cannot be played (any further); the driver has let go of it.

    Attributes:
        item_id: The current item's, or the prepared one's.
    """

    at: Instant
    item_id: str
    code: ErrorCode
    message: str
    position: timedelta
    played: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Starved:
    """The current item has no data yet; its position stands still."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """The current item has data (again) and goes on."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLow:
    """The current item comes to its end in `remaining`. Told once per item."""

    at: Instant
    remaining: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSwitched:
    """The output changed, was lost (`output.available` is false) or came back."""

    at: Instant
    output: Output
    reason: str


Happening: TypeAlias = HandedOver | RanOut | Broke | Starved | Fed | RunningLow | OutputSwitched


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state of the current item, as of `at`.

    Attributes:
        position: Where it is; zero when nothing is current.
        played: How long it has sounded.
        buffered: Decoded ahead of `position`.
        starved: It waits for data.
        rendered_frames: Handed to the output since the driver opened.
        underruns: Times the output got silence for want of data.
        test_tone: Whether a test tone sounds.
    """

    at: Instant
    position: timedelta
    played: timedelta
    buffered: timedelta
    latency: timedelta
    starved: bool
    rendered_frames: int
    underruns: int
    test_tone: bool = False


class Driver(Protocol):
    """Renders at most two items, `current` and `prepared`, and crosses from one to the other.

    Everything except `run` and `close` is called by one thread, inside `hold()`, and returns at
    once: decoding and devices are the driver's own business, on its own threads.
    """

    kind: DriverKind
    capabilities: Capabilities

    def hold(self) -> AbstractContextManager[object]:
        """Nothing happens by itself as long as this is entered."""
        ...

    def next_happening(self) -> Happening | None:
        """The oldest thing that has happened and was not yet told; None if there is no more.

        A driver on a virtual clock moves its clock to that moment, so what the core does about
        one happening takes effect before the next.
        """
        ...

    def now(self) -> Instant: ...

    def reading(self) -> Reading: ...

    def start(
        self, media: Media, at: timedelta, *, paused: bool, fade_in: timedelta, fade_out: timedelta
    ) -> None:
        """Make `media` current, at once. What was current fades away.

        If it is the prepared item, its decoded head is used and the slot is empty afterwards.
        """
        ...

    def prepare(self, media: Media | None) -> None: ...

    def drop(self, fade: timedelta) -> None:
        """Let go of the current item."""
        ...

    def pause(self, fade: timedelta) -> None: ...

    def resume(self, fade: timedelta) -> None: ...

    def seek(self, to: timedelta) -> None: ...

    def set_volume(self, volume: float, *, muted: bool, ramp: timedelta) -> None: ...

    def set_crossfade(self, crossfade: timedelta) -> None: ...

    def set_normalised(self, normalised: bool) -> None: ...  # noqa: FBT001 - a setter

    def output(self) -> Output: ...

    def outputs(self) -> Sequence[Output]: ...

    def select_output(self, output_id: str) -> None:
        """Begin to move to another output; `OutputSwitched` tells how it went."""
        ...

    def play_test_tone(self) -> None:
        """Let a second of tone sound, in place of one that sounds already.

        Whatever is started or resumed meanwhile hushes it.
        """
        ...

    async def open(self, wake: Callable[[], None]) -> None:
        """Begin. `wake` may be called from any thread when something has happened."""
        ...

    async def close(self) -> None: ...
