"""The miniaudio driver: the mixer and the sound device behind the player's port."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from math import inf
from pathlib import Path
from time import monotonic_ns

from typing_extensions import override

from backline.kit.core.clock import Clock
from backline.player.domain import ZERO, Capabilities, DriverKind, Instant, Media, Output
from backline.player.miniaudio.keeper import OutputKeeper
from backline.player.miniaudio.mixer import Mixer
from backline.player.miniaudio.outputs import AUTO, MiniaudioOutputs, Outputs
from backline.player.miniaudio.units import to_frames, to_timedelta
from backline.player.miniaudio.voice import Voice
from backline.player.ports import Driver, Happening, OutputSwitched, Reading, RunningLow

CONTENT_TYPES = (
    "audio/wav",
    "audio/mpeg",
    "audio/flac",
    "audio/ogg",
    "audio/opus",
    "audio/aiff",
)
JUMP_FADE = timedelta(milliseconds=20)


class MiniaudioDriver(Driver):
    """Plays files on a sound device.

    Args:
        output: `auto`, `null`, or the id of an output.
        buffer: What the device holds.
        lead: How long before its end an item counts as running low.
        media_root: Only files below it are opened; None for any.
        now: Instead of the machine's clocks.
        outputs: Instead of the machine's sound devices.
    """

    kind = DriverKind.MINIAUDIO
    capabilities = Capabilities(content_types=CONTENT_TYPES)

    def __init__(
        self,
        *,
        clock: Clock,
        output: str = AUTO,
        buffer: timedelta = timedelta(milliseconds=240),
        lead: timedelta = timedelta(seconds=20),
        media_root: Path | None = None,
        now: Callable[[], Instant] | None = None,
        outputs: Outputs | None = None,
    ) -> None:
        self._now = now or (lambda: Instant(clock.now(), monotonic_ns()))
        self._lead = to_frames(lead)
        self._root = media_root
        self._wake: Callable[[], None] = lambda: None
        self._low_told: Voice | None = None
        self._watch: asyncio.Task[None] | None = None
        self.mixer = Mixer(self._open_voice, self._now, self._wake_up)
        self._keeper = OutputKeeper(
            outputs or MiniaudioOutputs(),
            wanted=output,
            buffer=buffer,
            stream=self.mixer.stream,
            pulled_at=lambda: self.mixer.pulled_at,
            rendered=lambda: self.mixer.rendered,
            announce=self._announce,
        )

    # --- what happened -----------------------------------------------------------------------

    @override
    def hold(self) -> AbstractContextManager[object]:
        return self.mixer.lock

    @override
    def next_happening(self) -> Happening | None:
        self.mixer.look()
        if self.mixer.happenings:
            return self.mixer.happenings.popleft()
        voice = self.mixer.current
        if voice is None or voice is self._low_told:
            return None
        left = voice.end - voice.position
        if left > self._lead or self.mixer.paused:
            return None
        self._low_told = voice
        return RunningLow(at=self.now(), remaining=to_timedelta(left))

    @override
    def now(self) -> Instant:
        return self._now()

    @override
    def reading(self) -> Reading:
        mixer = self.mixer
        return Reading(
            at=self.now(),
            position=mixer.position,
            played=to_timedelta(mixer.played),
            buffered=to_timedelta(mixer.current.filled) if mixer.current else ZERO,
            latency=self._keeper.latency,
            starved=mixer.starved,
            rendered_frames=mixer.rendered,
            underruns=mixer.underruns,
            test_tone=mixer.tone.sounds,
        )

    # --- commands ----------------------------------------------------------------------------

    @override
    def start(
        self, media: Media, at: timedelta, *, paused: bool, fade_in: timedelta, fade_out: timedelta
    ) -> None:
        self.mixer.tone.hush()
        self.mixer.start(
            media, at, paused=paused, fade_in=to_frames(fade_in), fade_out=to_frames(fade_out)
        )

    @override
    def prepare(self, media: Media | None) -> None:
        self.mixer.prepare(media)

    @override
    def drop(self, fade: timedelta) -> None:
        self.mixer.drop(to_frames(fade))

    @override
    def pause(self, fade: timedelta) -> None:
        self.mixer.pause(to_frames(fade))

    @override
    def resume(self, fade: timedelta) -> None:
        self.mixer.tone.hush()
        self.mixer.resume(to_frames(fade))

    @override
    def seek(self, to: timedelta) -> None:
        self.mixer.seek(to, to_frames(JUMP_FADE))

    @override
    def set_volume(self, volume: float, *, muted: bool, ramp: timedelta) -> None:
        self.mixer.set_volume(volume, muted=muted, ramp=to_frames(ramp))

    @override
    def set_crossfade(self, crossfade: timedelta) -> None:
        self.mixer.set_crossfade(crossfade)

    @override
    def set_normalised(self, normalised: bool) -> None:
        self.mixer.set_normalised(normalised)

    def _wake_up(self) -> None:
        self._wake()

    def _open_voice(self, media: Media, start: int, ahead: int) -> Voice:
        return Voice(media, start, root=self._root, ahead=ahead, on_news=self._wake_up)

    # --- output ------------------------------------------------------------------------------

    @override
    def output(self) -> Output:
        return self._keeper.output

    @override
    def outputs(self) -> Sequence[Output]:
        return self._keeper.known

    @override
    def select_output(self, output_id: str) -> None:
        self._keeper.select(output_id)

    @override
    def play_test_tone(self) -> None:
        self.mixer.tone.start()

    @override
    async def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        await self._keeper.open()
        self._watch = asyncio.create_task(self._keeper.watch(), name="sound device")

    @override
    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._keeper.close()
        with self.mixer.lock:
            self.mixer.drop(0)
            self.mixer.prepare(None)

    def _announce(self, output: Output, reason: str) -> None:
        with self.mixer.lock:
            if output.available:
                self.mixer.pulled_at = 0.0  # by another device, if at all
                self.mixer.device_holds_s = self._keeper.latency.total_seconds() or inf
            else:
                self.mixer.freeze()
            self.mixer.happenings.append(
                OutputSwitched(at=self.now(), output=output, reason=reason)
            )
        self._wake()
