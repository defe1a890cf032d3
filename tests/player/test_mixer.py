"""What comes out of the mixer, sample by sample, pulled without a device."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typing_extensions import override

from backline.kit.testing.clock import EPOCH
from backline.kit.testing.eventually import eventually
from backline.player.domain import ZERO, ErrorCode, Instant, Media
from backline.player.miniaudio.mixer import Mixer
from backline.player.miniaudio.ring import SAMPLE_RATE, Ring
from backline.player.miniaudio.units import item_gain, to_frames, to_timedelta, volume_gain
from backline.player.miniaudio.voice import HEAD, Voice
from backline.player.ports import Broke, Fed, HandedOver, RanOut, Starved
from tests.player.sounds import counting, tone, write

Samples = NDArray[np.float32]
SECOND = timedelta(seconds=1)


class Desk:
    """A mixer and everything that came out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.voice: Callable[..., Voice] = Voice
        self.mixer = Mixer(self._open, self._now, lambda: None)
        self._files = 0
        self._opened: list[Voice] = []

    def _now(self) -> Instant:
        return Instant(EPOCH, 0).later(to_timedelta(self.mixer.rendered))

    def _open(self, media: Media, start: int, ahead: int) -> Voice:
        voice = self.voice(media, start, ahead=ahead)
        self._opened.append(voice)
        return voice

    def media(self, samples: Samples, *, suffix: str = ".wav", **fields: Any) -> Media:
        self._files += 1
        path = write(self.folder / f"{self._files}{suffix}", samples)
        fields.setdefault("duration", to_timedelta(len(samples)))
        return Media(item_id=str(self._files), path=str(path), **fields)

    async def start(self, media: Media, at: timedelta = ZERO, **options: Any) -> None:
        options = {"paused": False, "fade_in": 0, "fade_out": 0} | options
        with self.mixer.lock:
            self.mixer.start(media, at, **options)
        await self.decoded()

    async def prepare(self, media: Media) -> None:
        with self.mixer.lock:
            self.mixer.prepare(media)
        await self.decoded()

    async def decoded(self, frames: int = HEAD) -> None:
        """Wait until every slot has its next `frames`."""
        slots = [slot for slot in (self.mixer.current, self.mixer.prepared) if slot]
        await eventually(lambda: all(slot.ended or slot.filled >= frames for slot in slots))

    async def pull(self, frames: int, *, step: int = 480) -> Samples:
        blocks = []
        while frames > 0:
            await self.decoded(step)
            blocks.append(self.mixer.pull(min(step, frames)))
            frames -= step
        return np.concatenate(blocks)

    def happened(self) -> list[Any]:
        happenings = list(self.mixer.happenings)
        self.mixer.happenings.clear()
        return [each for each in happenings if not isinstance(each, Fed)]

    def close(self) -> None:
        for voice in self._opened:
            voice.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


# --- joins -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [480, 333, 4096, 30_001])
async def test_two_files_join_bit_by_bit(desk: Desk, step: int) -> None:
    whole = counting(3 * SAMPLE_RATE)
    cut = SAMPLE_RATE + 7
    await desk.start(desk.media(whole[:cut]))
    await desk.prepare(desk.media(whole[cut:]))

    heard = await desk.pull(len(whole), step=step)

    assert np.array_equal(heard[: len(whole)], whole)
    handed_over = desk.happened()[0]
    assert isinstance(handed_over, HandedOver)
    assert handed_over.position == handed_over.played == to_timedelta(cut)
    assert handed_over.at.mono_ns == pytest.approx(cut / SAMPLE_RATE * 1e9, abs=2000)


async def test_two_flac_files_join_without_a_gap(desk: Desk) -> None:
    whole = counting(2 * SAMPLE_RATE)
    await desk.start(desk.media(whole[:SAMPLE_RATE], suffix=".flac"))
    await desk.prepare(desk.media(whole[SAMPLE_RATE:], suffix=".flac"))

    heard = await desk.pull(len(whole))

    assert np.abs(heard - whole).max() < 2**-15  # 16 bits, as written


async def test_the_end_is_the_end(desk: Desk) -> None:
    whole = counting(SAMPLE_RATE)
    await desk.start(desk.media(whole))

    heard = await desk.pull(SAMPLE_RATE + 4800)

    assert np.array_equal(heard[:SAMPLE_RATE], whole)
    assert not heard[SAMPLE_RATE:].any()
    (ran_out,) = desk.happened()
    assert isinstance(ran_out, RanOut)


async def test_crossfaded_items_overlap_with_equal_power(desk: Desk) -> None:
    rng = np.random.default_rng(7)
    noise = rng.uniform(-0.4, 0.4, (2, 2 * SAMPLE_RATE, 2)).astype(np.float32)
    desk.mixer.set_crossfade(SECOND)
    await desk.start(desk.media(noise[0]))
    await desk.prepare(desk.media(noise[1]))

    heard = await desk.pull(4 * SAMPLE_RATE)

    sounding = np.flatnonzero(heard.any(axis=1))
    assert sounding[-1] + 1 == 3 * SAMPLE_RATE
    assert np.array_equal(heard[:SAMPLE_RATE], noise[0, :SAMPLE_RATE])
    assert np.array_equal(heard[2 * SAMPLE_RATE : 3 * SAMPLE_RATE], noise[1, SAMPLE_RATE:])
    power = (heard.reshape(-1, 4800, 2) ** 2).mean(axis=(1, 2))[:30]
    assert power.max() / power.min() < 1.2
    handed_over, ran_out = desk.happened()
    assert handed_over.played == SECOND
    assert ran_out.played == 2 * SECOND


async def test_what_arrives_late_is_crossfaded_over_what_is_left(desk: Desk) -> None:
    desk.mixer.set_crossfade(SECOND)
    await desk.start(desk.media(tone(2.0)))
    await desk.pull(3 * SAMPLE_RATE // 2)

    following = tone(2.0, frequency=330.0)
    await desk.prepare(desk.media(following))
    heard = await desk.pull(3 * SAMPLE_RATE)

    alone = slice(SAMPLE_RATE // 2, 2 * SAMPLE_RATE)
    assert np.array_equal(heard[alone], following[alone])
    assert np.flatnonzero(heard.any(axis=1))[-1] == pytest.approx(2 * SAMPLE_RATE, abs=2)


# --- gain and volume -------------------------------------------------------------------------


async def test_the_volume_moves_along_a_ramp(desk: Desk) -> None:
    await desk.start(desk.media(np.full((2 * SAMPLE_RATE, 2), 0.8, np.float32)))
    await desk.pull(4800)

    desk.mixer.set_volume(0.5, muted=False, ramp=2400)
    heard = await desk.pull(9600)
    desk.mixer.set_volume(0.5, muted=True, ramp=19_200)
    muted = await desk.pull(24_000)

    assert heard[-1, 0] == pytest.approx(0.8 * volume_gain(0.5))
    assert np.abs(np.diff(heard[:, 0])).max() < 0.001
    assert np.all(np.diff(heard[:, 0]) <= 0)
    assert np.abs(np.diff(muted[:, 0])).max() < 0.001
    assert not muted[19_200:].any()


@pytest.mark.parametrize(
    ("gain_db", "peak", "expected_db"),
    [
        (-6.0, 1.0, -6.0),
        (0.0, 1.0, 0.0),
        (6.0, 0.0, 6.0),
        (6.0, 0.25, 6.0),
        (12.0, 0.5, 5.02),
        (6.0, 1.0, 0.0),
    ],
)
def test_gain_leaves_a_decibel_of_headroom(gain_db: float, peak: float, expected_db: float) -> None:
    assert 20 * np.log10(item_gain(gain_db, peak)) == pytest.approx(expected_db, abs=0.01)


async def test_items_are_normalised_unless_that_is_off(desk: Desk) -> None:
    level = np.full((SAMPLE_RATE, 2), 0.5, np.float32)
    await desk.start(desk.media(level, gain_db=-6.0))
    quiet = await desk.pull(4800)

    desk.mixer.set_normalised(False)
    plain = await desk.pull(4800)

    assert quiet[0, 0] == pytest.approx(0.5 * 10 ** (-6 / 20))
    assert plain[0, 0] == 0.5


async def test_nothing_leaves_full_scale(desk: Desk) -> None:
    loud = np.full((SAMPLE_RATE, 2), 3.0, np.float32)
    loud[100] = np.nan
    loud[200] = np.inf
    await desk.start(desk.media(loud))

    heard = await desk.pull(SAMPLE_RATE)

    assert np.isfinite(heard).all()
    assert np.abs(heard).max() == 1.0


# --- pause, skip, seek -----------------------------------------------------------------------


async def test_a_pause_loses_nothing_and_does_not_click(desk: Desk) -> None:
    sine = tone(3.0, frequency=100.0)
    await desk.start(desk.media(sine))
    await desk.pull(SAMPLE_RATE)

    with desk.mixer.lock:
        desk.mixer.pause(3840)
        paused_at = desk.mixer.position
    fading = await desk.pull(9600)
    await desk.decoded()
    with desk.mixer.lock:
        still_at = desk.mixer.position
        desk.mixer.resume(3840)
    resumed = await desk.pull(SAMPLE_RATE)

    assert paused_at == still_at == SECOND
    assert not fading[3840:].any()
    steepest = np.abs(np.diff(sine[:, 0])).max()
    for block in (fading, resumed):
        assert np.abs(np.diff(block[:, 0])).max() < 1.2 * steepest
    assert np.array_equal(resumed[3840:], sine[SAMPLE_RATE + 3840 : 2 * SAMPLE_RATE])


async def test_a_skip_fades_the_old_item_under_the_new_one(desk: Desk) -> None:
    await desk.start(desk.media(np.full((SAMPLE_RATE, 2), 0.5, np.float32)))
    following = desk.media(np.full((SAMPLE_RATE, 2), 0.25, np.float32))
    await desk.prepare(following)
    await desk.pull(4800)

    await desk.start(following, fade_out=4800)
    heard = await desk.pull(9600)

    assert heard[0, 0] == pytest.approx(0.75)
    assert np.all(np.diff(heard[:4800, 0]) <= 0)
    assert np.all(heard[4800:] == np.float32(0.25))
    assert desk.mixer.position == to_timedelta(9600)


async def test_two_skips_at_once_fade_both_items(desk: Desk) -> None:
    levels = (0.4, 0.2, 0.1)
    for level in levels:
        media = desk.media(np.full((SAMPLE_RATE, 2), level, np.float32))
        await desk.start(media, fade_out=4800)

    heard = await desk.pull(9600)

    assert heard[0, 0] == pytest.approx(sum(levels))
    assert np.all(np.diff(heard[:4800, 0]) <= 0)
    assert np.all(heard[4800:] == np.float32(0.1))


async def test_a_skip_out_of_a_pause_does_not_let_the_old_item_be_heard_again(
    desk: Desk,
) -> None:
    await desk.start(desk.media(np.full((SAMPLE_RATE, 2), 0.5, np.float32)))
    await desk.pull(4800)
    with desk.mixer.lock:
        desk.mixer.pause(0)

    await desk.start(desk.media(np.full((SAMPLE_RATE, 2), 0.25, np.float32)), fade_out=4800)
    heard = await desk.pull(9600)

    assert np.all(heard == np.float32(0.25))


async def test_a_seek_lands_on_the_very_frame(desk: Desk) -> None:
    whole = counting(3 * SAMPLE_RATE)
    await desk.start(desk.media(whole))
    await desk.pull(4800)

    with desk.mixer.lock:
        desk.mixer.seek(timedelta(seconds=2), 0)
    await desk.decoded()
    heard = await desk.pull(4800)

    assert np.array_equal(heard, whole[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + 4800])
    assert desk.mixer.position == timedelta(seconds=2.1)


# --- trouble ---------------------------------------------------------------------------------


class GatedVoice(Voice):
    """A decoder that stops after half a second until it is let go on."""

    gate = Event()

    @override
    def _write(self, block: Any) -> bool:
        if self._ring._written >= SAMPLE_RATE // 2:
            self.gate.wait(30)
        return super()._write(block)


async def test_a_slow_disk_is_an_underrun_and_not_the_end(desk: Desk) -> None:
    whole = counting(2 * SAMPLE_RATE)
    GatedVoice.gate.clear()
    desk.voice = GatedVoice
    media = desk.media(whole)
    await desk.start(media)
    voice = desk.mixer.current
    assert voice is not None
    await eventually(lambda: voice.filled >= SAMPLE_RATE // 2)
    buffered = voice.filled

    first = desk.mixer.pull(SAMPLE_RATE)
    (starved,) = desk.happened()
    stopped_at = desk.mixer.position
    GatedVoice.gate.set()
    await eventually(lambda: voice.ended)
    with desk.mixer.lock:
        desk.mixer.look()
    second = desk.mixer.pull(SAMPLE_RATE)

    assert isinstance(starved, Starved)
    assert desk.mixer.underruns == 1
    assert stopped_at == to_timedelta(buffered)
    assert not first[buffered:].any()
    assert np.array_equal(second, whole[buffered : buffered + SAMPLE_RATE])


async def test_a_device_that_comes_for_sound_too_late_has_run_dry(desk: Desk) -> None:
    await desk.start(desk.media(tone(2.0)))
    desk.mixer.device_holds_s = 60
    await desk.pull(960)
    assert desk.mixer.underruns == 0

    desk.mixer.device_holds_s = 0
    await desk.pull(960)
    assert desk.mixer.underruns == 2


async def test_a_file_that_ends_much_too_soon_is_said_to(desk: Desk) -> None:
    short = desk.media(tone(2.0), duration=timedelta(seconds=60))
    desk.mixer.set_crossfade(SECOND)
    await desk.start(short)
    await desk.prepare(desk.media(tone(2.0)))

    await desk.pull(3 * SAMPLE_RATE)

    (broke,) = desk.happened()
    assert isinstance(broke, Broke)
    assert (broke.code, broke.item_id) == (ErrorCode.TRUNCATED, short.item_id)
    assert broke.message == "The file ends after 2 s of 60 s."
    assert broke.played == timedelta(seconds=2)


async def test_a_file_that_is_longer_than_declared_is_played_to_its_end(desk: Desk) -> None:
    whole = counting(3 * SAMPLE_RATE)
    desk.mixer.set_crossfade(SECOND)
    await desk.start(desk.media(whole, duration=timedelta(seconds=2)))
    await desk.prepare(desk.media(tone(4.0)))

    heard = await desk.pull(2 * SAMPLE_RATE)

    assert np.array_equal(heard, whole[: 2 * SAMPLE_RATE])


async def test_a_bug_in_the_mixer_ends_the_item_and_not_the_stream(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception in a generator is swallowed by the library, which then plays silence."""
    await desk.start(desk.media(tone(2.0)))
    voice = desk.mixer.current
    assert voice is not None
    stream = desk.mixer.stream()
    next(stream)
    assert stream.send(480).any()

    voice.take = None  # type: ignore[method-assign, assignment]
    assert not stream.send(480).any()

    (broke,) = desk.happened()
    assert (broke.code, broke.item_id) == (ErrorCode.OUTPUT, voice.media.item_id)
    assert "the mixer broke" in caplog.text
    await desk.start(desk.media(tone(2.0)))
    assert stream.send(480).any()


def test_a_ring_keeps_order_around_its_edge() -> None:
    ring = Ring(10)
    everything = counting(100)
    written = read = 0
    rng = np.random.default_rng(3)
    while read < 100:
        size = min(int(rng.integers(0, ring.room + 1)), 100 - written)
        ring.write(everything[written : written + size])
        written += size
        block = ring.take(int(rng.integers(0, 11)))
        assert np.array_equal(block, everything[read : read + len(block)])
        read += len(block)


@pytest.mark.parametrize("frames", [0, 1, 7, 48_000, 48_001, 10**9])
def test_frames_survive_the_way_through_time(frames: int) -> None:
    assert to_frames(to_timedelta(frames)) == frames
