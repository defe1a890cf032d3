"""Makes one stream of sound out of two slots: joins, crossfades, ramps and the volume.

Pulled by a sound device's callback, or by a test. Whatever it does at once (skip, seek, pause)
ends in a `tail`: the sound that would have come next, copied and faded out, while the slots
already are where they should be. That is why positions are exact and nothing clicks.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator
from datetime import timedelta
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backline.player.domain import ZERO, ErrorCode, Instant, Media, overlap
from backline.player.miniaudio.ring import SAMPLE_RATE, Frames, silence
from backline.player.miniaudio.tone import Tone
from backline.player.miniaudio.units import item_gain, to_frames, to_timedelta, volume_gain
from backline.player.miniaudio.voice import AHEAD, Voice
from backline.player.miniaudio.volume import Volume
from backline.player.ports import Broke, Fed, HandedOver, Happening, RanOut, Starved

logger = logging.getLogger(__name__)

SHORTEST_CROSSFADE = SAMPLE_RATE // 50

OpenVoice = Callable[[Media, int, int], Voice]
"""Begins to decode a media, from a frame, so many frames ahead."""


class Mixer:
    """Two slots and what comes out of them.

    Args:
        open_voice: Begins to decode.
        now: The driver's clock.
        wake: Called, in any thread, after something has happened.

    Attributes:
        lock: Held while anything of this is used, except by `pull` which takes it itself.
        happenings: What happened by itself, oldest first.
        rendered: Frames handed out.
        pulled_at: When `pull` was last called, in seconds of the machine's monotonic clock.
        device_holds_s: How much sound the device has in store; it has run dry if it comes for
            more any later than that.
        underruns: Times that the device, or the current item's decoder, ran dry.
    """

    def __init__(
        self, open_voice: OpenVoice, now: Callable[[], Instant], wake: Callable[[], None]
    ) -> None:
        self.lock = Lock()
        self.happenings: deque[Happening] = deque()
        self.rendered = 0
        self.pulled_at = 0.0
        self.device_holds_s = inf
        self.underruns = 0
        self.current: Voice | None = None
        self.prepared: Voice | None = None
        self.paused = False
        self.played = 0
        self.starved = False
        self.tone = Tone()
        self._open_voice = open_voice
        self._now = now
        self._wake = wake
        self._outgoing: Voice | None = None
        self._overlap = self._overlapped = 0
        self._tail = silence(0)
        self._fade_in = self._fade_left = 0
        self._crossfade = ZERO
        self._normalised = True
        self._volume = Volume()
        self._begun: Instant | None = None  # of the `pull` that is going on
        self._mark = (0, 0)  # monotonic ns, and the position that began to be rendered then

    # --- slots, under the lock ---------------------------------------------------------------

    def start(
        self, media: Media, at: timedelta, *, paused: bool, fade_in: int, fade_out: int
    ) -> None:
        frame = to_frames(at)
        voice = None
        if self.prepared is not None and self.prepared.media == media:
            voice, self.prepared = self.prepared, None
            if voice.position != frame:
                voice.close()
                voice = None
        self._cut(fade_out)
        self._set_current(voice or self._open(media, frame))
        self.played = 0
        self.paused = paused
        self._fade_in = self._fade_left = fade_in

    def prepare(self, media: Media | None) -> None:
        if self.prepared is not None:
            self.prepared.close()
        self.prepared = None if media is None else self._open(media, to_frames(media.cue_in))

    def drop(self, fade: int) -> None:
        self._cut(fade)
        self.played = 0
        self.paused = self.starved = False

    def pause(self, fade: int) -> None:
        self._add_tail(fade)
        self.paused = True

    def resume(self, fade: int) -> None:
        self.paused = False
        self.starved = self.current is not None and not self.current.ready
        self._fade_in = self._fade_left = fade

    def seek(self, to: timedelta, fade: int) -> None:
        if self.current is None:
            return
        media = self.current.media
        self._cut(fade)
        self._set_current(self._open(media, to_frames(to)))
        self._fade_in = self._fade_left = fade

    def set_volume(self, volume: float, *, muted: bool, ramp: int) -> None:
        self._volume.set(0.0 if muted else volume_gain(volume), ramp)

    def set_crossfade(self, crossfade: timedelta) -> None:
        self._crossfade = crossfade

    def set_normalised(self, normalised: bool) -> None:  # noqa: FBT001 - a setter
        self._normalised = normalised

    @property
    def position(self) -> timedelta:
        """What is being rendered now; between two pulls the clock says how far that is."""
        if self.current is None:
            return ZERO
        if self.paused or self.starved:
            return to_timedelta(self.current.position)
        since_ns, begun_at = self._mark
        elapsed = max(0, self._now().mono_ns - since_ns) * SAMPLE_RATE // 1_000_000_000
        return to_timedelta(min(begun_at + elapsed, self.current.position))

    def freeze(self) -> None:
        """Let `position` be what has been handed out: no more is asked for."""
        self._mark = (0, 0)

    def look(self) -> None:
        """Notice what the decoders have come to, although nobody pulls."""
        if self.prepared is not None and self.prepared.exhausted and self.prepared.error:
            self._break(self.prepared, self.prepared.error.code, self.prepared.error.message)
            self.prepared.close()
            self.prepared = None
        voice = self.current
        if voice is not None and voice.exhausted and voice.error is not None:
            self._fail(voice.error.code, voice.error.message)
        elif voice is not None and self.starved and voice.ready:
            self._feed(voice, 0)

    def _open(self, media: Media, frame: int) -> Voice:
        return self._open_voice(media, frame, max(AHEAD, to_frames(self._crossfade) + AHEAD // 2))

    def _set_current(self, voice: Voice) -> None:
        self.current = voice
        self.starved = not voice.ready
        self._mark = (self._now().mono_ns, voice.position)

    def _cut(self, fade: int) -> None:
        """Empty the current slot, and let what it would have played fade away."""
        if not self.paused:
            self._add_tail(fade)
        for voice in (self.current, self._outgoing):
            if voice is not None:
                voice.close()
        self.current = self._outgoing = None

    def _add_tail(self, fade: int) -> None:
        if fade <= 0 or self.current is None:
            return
        tail = silence(max(fade, len(self._tail)))
        tail[: len(self._tail)] = self._tail
        incoming, outgoing = self._crossfade_gains(1)
        gains = [(self.current, float(incoming[0, 0]))]
        if self._outgoing is not None:
            gains.append((self._outgoing, float(outgoing[0, 0])))
        for voice, gain in gains:
            block = voice.peek(fade)
            ramp = np.linspace(1, 0, fade, dtype=np.float32)[: len(block), None]
            tail[: len(block)] += block * (ramp * np.float32(gain * self._gain(voice)))
        self._tail = tail

    def _gain(self, voice: Voice) -> float:
        return item_gain(voice.media.gain_db, voice.media.peak) if self._normalised else 1.0

    # --- rendering ---------------------------------------------------------------------------

    def stream(self) -> Generator[Any, int, None]:
        """For the sound device: takes a number of frames, gives that many.

        The library swallows what a generator raises and then plays silence for ever, so nothing
        may leave this one.
        """
        frames = yield b""
        while True:
            try:
                block = self.pull(frames)
            except Exception:
                logger.exception("the mixer broke")
                block = silence(frames)
                self._recover()
            frames = yield block

    def pull(self, frames: int) -> Frames:
        """The next `frames` of sound, shape (frames, 2)."""
        out = silence(frames)
        with self.lock:
            before = len(self.happenings)
            self._begun = now = self._now()
            self._note_the_time()
            if self.current is not None:
                self._mark = (now.mono_ns, self.current.position)
            done = 0
            while done < frames:
                rendered = self._render(out[done:], done)
                if not rendered:
                    break
                done += rendered
            self._mix_tail(out)
            self.tone.mix(out)
            self._volume.apply(out)
            self.rendered += frames
            self._begun = None
            news = len(self.happenings) > before
        if news:
            self._wake()
        np.clip(out, -1.0, 1.0, out=out)
        return out

    def _note_the_time(self) -> None:
        now = monotonic()
        late = 0 < self.pulled_at < now - self.device_holds_s
        if late and self.current is not None and not self.paused:
            self.underruns += 1
        self.pulled_at = now

    def _render(self, out: Frames, offset: int) -> int:
        """Fill the head of `out` up to the next change; 0 if there is nothing to play."""
        voice = self.current
        if voice is None or self.paused:
            return 0
        if voice.exhausted:
            return self._render(out, offset) if self._finish(voice, offset) else 0
        if not voice.filled or (self.starved and not voice.ready):
            self._starve(offset)
            return 0
        if self.starved:
            self._feed(voice, offset)
        left = voice.end - voice.position
        lap = self._overlap_with(voice, left)
        if lap and left <= lap:
            self._hand_over(offset, overlap=left)
            return self._render(out, offset)
        frames = min(len(out), voice.filled, left - lap)
        if self._outgoing is not None:
            frames = min(frames, self._overlap - self._overlapped)
        self._mix(voice, out[:frames])
        return frames

    def _overlap_with(self, voice: Voice, left: int) -> int:
        """How many frames before its end `voice` should hand over to the prepared one."""
        following = self.prepared
        if following is None or not following.ready or following.exhausted or voice.truncated:
            return 0
        wanted = to_frames(overlap(voice.media, following.media, self._crossfade))
        return wanted if min(wanted, left) >= SHORTEST_CROSSFADE else 0

    def _mix(self, voice: Voice, out: Frames) -> None:
        block = voice.take(len(out))
        if (gain := self._gain(voice)) != 1.0:
            block *= np.float32(gain)
        if self._outgoing is not None:
            incoming, outgoing = self._crossfade_gains(len(out))
            block *= incoming
            other = self._outgoing.take(len(out))
            block[: len(other)] += other * (outgoing[: len(other)] * self._gain(self._outgoing))
            self._overlapped += len(out)
            if self._overlapped >= self._overlap:
                self._outgoing.close()
                self._outgoing = None
        if self._fade_left > 0:
            done = self._fade_in - self._fade_left
            ramp = (np.arange(done, done + len(out), dtype=np.float32) / self._fade_in).clip(0, 1)
            block *= ramp[:, None]
            self._fade_left = max(0, self._fade_left - len(out))
        out += block
        self.played += len(block)

    def _crossfade_gains(self, frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Equal power: the two squares add up to one, so the loudness does not dip."""
        if self._outgoing is None:
            return np.ones((frames, 1), np.float32), np.zeros((frames, 1), np.float32)
        at = np.arange(self._overlapped, self._overlapped + frames) / self._overlap
        angle = (at.clip(0, 1) * (np.pi / 2)).astype(np.float32)[:, None]
        return np.sin(angle), np.cos(angle)

    def _mix_tail(self, out: Frames) -> None:
        if len(self._tail):
            frames = min(len(out), len(self._tail))
            out[:frames] += self._tail[:frames]
            self._tail = self._tail[frames:]

    # --- changes, under the lock -------------------------------------------------------------

    def _at(self, offset: int) -> Instant:
        return (self._begun or self._now()).later(to_timedelta(offset))

    def _finish(self, voice: Voice, offset: int) -> bool:
        """End the current item; True if another one goes on."""
        if voice.error is not None:
            self._fail(voice.error.code, voice.error.message, offset)
            return False
        if voice.truncated:
            position, declared = (
                f"{length.total_seconds():.0f} s"
                for length in (to_timedelta(voice.position), voice.media.end)
            )
            message = f"The file ends after {position} of {declared}."
            self._fail(ErrorCode.TRUNCATED, message, offset)
            return False
        if self.prepared is not None:
            self._hand_over(offset, overlap=0)
            return True
        self.happenings.append(
            RanOut(
                at=self._at(offset),
                position=to_timedelta(voice.position),
                played=to_timedelta(self.played),
            )
        )
        self.drop(0)
        return False

    def _hand_over(self, offset: int, *, overlap: int) -> None:
        old, new = self.current, self.prepared
        if old is None or new is None:
            raise AssertionError("There is nothing to hand over.")
        at = self._at(offset)
        self.happenings.append(
            HandedOver(at=at, position=to_timedelta(old.position), played=to_timedelta(self.played))
        )
        if self._outgoing is not None:
            self._outgoing.close()
        self._outgoing = old if overlap else None
        self._overlap, self._overlapped = overlap, 0
        if not overlap:
            old.close()
        self.current, self.prepared = new, None
        self.played = self._fade_left = 0
        self._mark = (at.mono_ns, new.position)

    def _fail(self, code: ErrorCode, message: str, offset: int = 0) -> None:
        if self.current is not None:
            self._break(self.current, code, message, offset)
            self.drop(0)

    def _break(self, voice: Voice, code: ErrorCode, message: str, offset: int = 0) -> None:
        self.happenings.append(
            Broke(
                at=self._at(offset),
                item_id=voice.media.item_id,
                code=code,
                message=message,
                position=to_timedelta(voice.position),
                played=to_timedelta(self.played) if voice is self.current else ZERO,
            )
        )

    def _feed(self, voice: Voice, offset: int) -> None:
        at = self._at(offset)
        self.starved = False
        self._mark = (at.mono_ns, voice.position)
        self.happenings.append(Fed(at=at))

    def _starve(self, offset: int) -> None:
        if self.starved:
            return
        self.starved = True
        self.underruns += 1
        self.happenings.append(Starved(at=self._at(offset)))

    def _recover(self) -> None:
        """After a bug: let go of the current item, so that the next one may do better."""
        with self.lock:
            self._begun = None
            self._tail, self._outgoing = silence(0), None
            self._fail(ErrorCode.OUTPUT, "The player could not mix this item.")
        self._wake()
