"""The outline of a file, however long it is."""

import numpy as np

from backline.jukebox.analysis.waveform import POINTS, Waveform
from tests.audio import Samples, noise, silence, tone


def outline(samples: Samples, block: int = 4096) -> bytes:
    waveform = Waveform()
    for at in range(0, len(samples), block):
        waveform.add(samples[at : at + block])
    return waveform.points()


def test_a_fade_rises_from_nothing_to_full_scale() -> None:
    fade = np.linspace(0, 1, 500_000, dtype=np.float32)[:, None]

    points = outline(fade)

    assert len(points) == POINTS
    assert list(points) == sorted(points)
    assert points[0] == 0
    assert points[-1] == 255


def test_a_click_shows_where_it_is() -> None:
    samples = silence(20)
    samples[len(samples) // 4, 1] = -1.0

    points = outline(samples)

    assert [number for number, peak in enumerate(points) if peak] == [POINTS // 4]


def test_the_peak_is_exact_over_all_channels() -> None:
    samples = noise(5)
    waveform = Waveform()
    waveform.add(samples)

    assert waveform.peak == np.abs(samples).max()


def test_the_size_of_the_blocks_does_not_matter() -> None:
    samples = noise(4)

    assert outline(samples, block=777) == outline(samples, block=10**6)


def test_fewer_frames_than_points_still_fill_the_outline() -> None:
    assert len(outline(tone(0.01))) == POINTS
    assert outline(silence(0)) == bytes(POINTS)
