"""A driver without sound: a clock, two slots, and faults on demand."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from typing_extensions import override

from backline.player.domain import (
    NO_URLS,
    TEST_TONE,
    ZERO,
    Capabilities,
    DriverKind,
    ErrorCode,
    Instant,
    Media,
    Output,
    overlap,
)
from backline.player.ports import (
    Broke,
    Driver,
    Fed,
    HandedOver,
    Happening,
    OutputSwitched,
    RanOut,
    Reading,
    RunningLow,
    Starved,
)

SAMPLE_RATE: Final = 48_000
_MICROSECOND = timedelta(microseconds=1)

OUTPUTS = (
    Output(id="emulated", name="Emulated output", backend="Emulated", is_default=True),
    Output(id="emulated-2", name="Second emulated output", backend="Emulated"),
    Output(
        id="null",
        name="No sound",
        backend="Emulated",
        is_null=True,
        reason="The null output was chosen: nobody hears it.",
    ),
)


class EmulatedDriver(Driver):
    """Plays in virtual time, exactly and without rounding.

    Args:
        begin: The wall clock's first moment.
        elapsed: What the clock shows, for a clock that runs by itself; None for one that only
            `advance` moves.
        lead: How long before the end an item counts as running low.
    """

    kind = DriverKind.EMULATED
    capabilities = Capabilities(content_types=("*/*",))

    def __init__(
        self,
        *,
        begin: datetime,
        elapsed: Callable[[], timedelta] | None = None,
        lead: timedelta = timedelta(seconds=20),
    ) -> None:
        self._begin = begin
        self._elapsed = elapsed
        self._lead = lead
        self._skipped = ZERO  # by `advance`
        self._now = ZERO
        self._current: Media | None = None
        self._prepared: Media | None = None
        self._position = ZERO
        self._played = ZERO
        self._rendered = ZERO
        self._tone = ZERO  # left of it
        self._paused = False
        self._low_told = False
        self._crossfade = ZERO
        self._outputs = {output.id: output for output in OUTPUTS}
        self._output = OUTPUTS[0]
        self._fault: ErrorCode | None = None
        self._stalled_until: timedelta | None = None
        self._broken: tuple[ErrorCode, str] | None = None
        self._pending: deque[Callable[[Instant], Happening]] = deque()
        self._wake: Callable[[], None] = lambda: None

    # --- at will -----------------------------------------------------------------------------

    def advance(self, by: timedelta) -> None:
        """Let `by` of virtual time pass."""
        self._skipped += by

    def fail_next_item(self, code: ErrorCode) -> None:
        """Let the next item that becomes current fail as it starts."""
        self._fault = code

    def stall(self, duration: timedelta) -> None:
        """Starve the current item for `duration`."""
        if self._current is None:
            return
        self._stalled_until = self._now + duration
        self._pending.append(lambda at: Starved(at=at))

    def lose_output(self) -> None:
        if self._output.available:
            reason = "The emulated output was lost."
            self._switch(replace(self._output, available=False, reason=reason), reason)

    def restore_output(self) -> None:
        if not self._output.available:
            self._switch(self._outputs[self._output.id], "The emulated output is back.")

    def _switch(self, output: Output, reason: str) -> None:
        self._output = output
        self._pending.append(lambda at: OutputSwitched(at=at, output=output, reason=reason))

    # --- time --------------------------------------------------------------------------------

    @override
    def hold(self) -> AbstractContextManager[object]:
        return nullcontext()

    @override
    def next_happening(self) -> Happening | None:
        if self._pending:
            return self._pending.popleft()(self.now())
        until = self._skipped + (self._elapsed() if self._elapsed is not None else ZERO)
        if self._broken is not None:
            return self._break(*self._broken)
        wait, happen = self._next()
        if self._now + wait <= until:
            self._pass(wait)
            return happen()
        self._pass(max(ZERO, until - self._now))
        return None

    def _next(self) -> tuple[timedelta, Callable[[], Happening]]:
        """What comes next if nobody interferes, and how long it takes."""
        if self._stalled_until is not None and self._current is not None:
            return self._stalled_until - self._now, self._unstall
        if self._current is None or not self._moving:
            return timedelta.max - self._now, self._finish
        ahead = self._current.end - self._position
        if self._prepared is not None:
            ahead -= overlap(self._current, self._prepared, self._crossfade)
        ahead = max(ZERO, ahead)
        low = self._current.end - self._position - self._lead
        if not self._low_told and low <= ahead:
            return max(ZERO, low), self._run_low
        return ahead, self._finish

    @property
    def _moving(self) -> bool:
        return (
            self._current is not None
            and not self._paused
            and self._stalled_until is None
            and self._output.available
        )

    def _pass(self, by: timedelta) -> None:
        self._now += by
        if self._moving:
            self._position += by
            self._played += by
            self._rendered += by
        elif self._output.available:
            self._rendered += min(by, self._tone)
        self._tone = max(ZERO, self._tone - by)

    def _finish(self) -> Happening:
        position, played = self._position, self._played
        if self._prepared is None:
            self._clear()
            return RanOut(at=self.now(), position=position, played=played)
        following, self._prepared = self._prepared, None
        self._load(following, following.cue_in, paused=False)
        return HandedOver(at=self.now(), position=position, played=played)

    def _run_low(self) -> Happening:
        self._low_told = True
        remaining = self._current.end - self._position if self._current else ZERO
        return RunningLow(at=self.now(), remaining=remaining)

    def _unstall(self) -> Happening:
        self._stalled_until = None
        return Fed(at=self.now())

    def _break(self, code: ErrorCode, message: str) -> Happening:
        item_id = self._current.item_id if self._current else ""
        position, played = self._position, self._played
        self._clear()
        return Broke(
            at=self.now(),
            item_id=item_id,
            code=code,
            message=message,
            position=position,
            played=played,
        )

    # --- slots -------------------------------------------------------------------------------

    def _load(self, media: Media, at: timedelta, *, paused: bool) -> None:
        self._clear()
        self._current, self._position, self._paused = media, at, paused
        if not media.path:
            self._broken = (ErrorCode.FETCH_FAILED, NO_URLS)
        if self._fault is not None:
            what = self._fault.name.lower().replace("_", " ")
            self._broken, self._fault = (self._fault, f"An injected fault: {what}."), None

    def _clear(self) -> None:
        self._current = None
        self._position = self._played = ZERO
        self._paused = self._low_told = False
        self._stalled_until = self._broken = None

    @override
    def now(self) -> Instant:
        return Instant(self._begin + self._now, self._now // _MICROSECOND * 1000)

    @override
    def reading(self) -> Reading:
        return Reading(
            at=self.now(),
            position=self._position,
            played=self._played,
            buffered=max(ZERO, self._current.end - self._position) if self._current else ZERO,
            latency=ZERO,
            starved=self._stalled_until is not None,
            rendered_frames=self._rendered // _MICROSECOND * SAMPLE_RATE // 1_000_000,
            underruns=0,
            test_tone=self._tone > ZERO,
        )

    @override
    def start(
        self, media: Media, at: timedelta, *, paused: bool, fade_in: timedelta, fade_out: timedelta
    ) -> None:
        if self._prepared is not None and self._prepared.item_id == media.item_id:
            self._prepared = None
        self._tone = ZERO
        self._load(media, at, paused=paused)

    @override
    def prepare(self, media: Media | None) -> None:
        self._prepared = media

    @override
    def drop(self, fade: timedelta) -> None:
        self._clear()

    @override
    def pause(self, fade: timedelta) -> None:
        self._paused = True

    @override
    def resume(self, fade: timedelta) -> None:
        self._paused = False
        self._tone = ZERO

    @override
    def seek(self, to: timedelta) -> None:
        self._position = to
        self._low_told = False

    @override
    def set_volume(self, volume: float, *, muted: bool, ramp: timedelta) -> None: ...

    @override
    def set_crossfade(self, crossfade: timedelta) -> None:
        self._crossfade = crossfade

    @override
    def set_normalised(self, normalised: bool) -> None: ...

    # --- output ------------------------------------------------------------------------------

    @override
    def output(self) -> Output:
        return self._output

    @override
    def outputs(self) -> Sequence[Output]:
        return tuple(self._outputs.values())

    @override
    def select_output(self, output_id: str) -> None:
        if output_id != self._output.id:
            output = self._outputs[output_id]
            self._switch(output, f"{output.name} was chosen.")

    @override
    def play_test_tone(self) -> None:
        self._tone = TEST_TONE

    @override
    async def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    @override
    async def close(self) -> None: ...
