"""Loudness against EBU Tech 3341, and what the room makes of it."""

import numpy as np
import pytest

from backline.jukebox.analysis.loudness import LoudnessMeter, gain_db
from tests.audio import RATE, Samples, noise, silence, tone


def measure(samples: Samples, rate: int = RATE, block: int = 5000) -> float | None:
    meter = LoudnessMeter(rate, samples.shape[1])
    for at in range(0, len(samples), block):
        meter.add(samples[at : at + block])
    return meter.integrated_lufs()


def sines(*parts: tuple[float, float], channels: int = 2) -> Samples:
    """Stretches of a 1 kHz sine: (level in dB of full scale, seconds)."""
    return np.concatenate(
        [
            tone(seconds, frequency=1000, level_db=level, channels=channels)
            for level, seconds in parts
        ]
    )


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param(sines((-23, 20)), -23.0, id="case 1"),
        pytest.param(sines((-33, 20)), -33.0, id="case 2"),
        pytest.param(sines((-36, 10), (-23, 60), (-36, 10)), -23.0, id="case 3"),
        pytest.param(
            sines((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0, id="case 4"
        ),
        pytest.param(sines((-26, 20), (-20, 20.1), (-26, 20)), -23.0, id="case 5"),
    ],
)
def test_the_cases_of_ebu_tech_3341(samples: Samples, expected: float) -> None:
    assert measure(samples) == pytest.approx(expected, abs=0.1)


def test_case_6_weighs_five_channels() -> None:
    """Left and right -28, centre -24, surrounds -30 dB: -23 LUFS."""
    levels = (-28, -28, -24, -30, -30)
    samples = np.concatenate([sines((level, 20), channels=1) for level in levels], axis=1)

    assert measure(samples) == pytest.approx(-23.0, abs=0.1)


def test_the_low_frequency_channel_does_not_count() -> None:
    quiet, loud = sines((-23, 5), channels=1), sines((-3, 5), channels=1)
    nothing = np.zeros_like(quiet)

    surround = np.concatenate([quiet, quiet, nothing, loud, nothing, nothing], axis=1)

    assert measure(surround) == pytest.approx(-23.0, abs=0.1)


def test_mono_measures_three_decibels_less_than_the_same_on_both_sides() -> None:
    assert measure(sines((-23, 20), channels=1)) == pytest.approx(-26.0, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000, 192000])
def test_other_sample_rates_measure_the_same(rate: int) -> None:
    samples = tone(5, rate=rate, frequency=1000, level_db=-23)

    assert measure(samples, rate) == pytest.approx(-23.0, abs=0.1)


def test_the_size_of_the_blocks_does_not_matter() -> None:
    samples = noise(3)

    assert measure(samples, block=997) == pytest.approx(measure(samples, block=10**6), abs=1e-4)


def test_silence_has_no_loudness() -> None:
    assert measure(silence(3)) is None
    assert measure(silence(0)) is None


def test_a_clip_shorter_than_a_gating_block_is_measured_whole() -> None:
    assert measure(sines((-23, 0.2))) == pytest.approx(-23.0, abs=0.5)


def test_a_loud_file_is_turned_down_to_the_target() -> None:
    assert gain_db(-8.0, 1.0, target_lufs=-16, ceiling_db=-1) == pytest.approx(-8.0)


def test_a_quiet_file_is_turned_up_no_further_than_its_peak_allows() -> None:
    assert gain_db(-30.0, 0.5, target_lufs=-16, ceiling_db=-1) == pytest.approx(5.02, abs=0.01)
    assert gain_db(-20.0, 0.1, target_lufs=-16, ceiling_db=-1) == pytest.approx(4.0)


def test_silence_is_left_as_it_is() -> None:
    assert gain_db(None, 0.0, target_lufs=-16, ceiling_db=-1) == 0.0
