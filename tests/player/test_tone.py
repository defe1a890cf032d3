"""The test tone, sample by sample."""

import numpy as np

from backline.player.miniaudio.ring import SAMPLE_RATE, silence
from backline.player.miniaudio.tone import LEVEL, PITCH_HZ, Tone


def _heard(tone: Tone, frames: int, *, step: int = 480) -> np.ndarray:
    blocks = []
    for _ in range(0, frames, step):
        block = silence(step)
        tone.mix(block)
        blocks.append(block)
    return np.concatenate(blocks)


def test_it_is_a_second_of_one_pitch_at_a_modest_level() -> None:
    tone = Tone()
    tone.start()

    heard = _heard(tone, 2 * SAMPLE_RATE)

    assert not tone.sounds
    assert np.abs(heard).max() <= LEVEL + 1e-6
    assert not heard[SAMPLE_RATE:].any()
    loudest = np.abs(np.fft.rfft(heard[:SAMPLE_RATE, 0])).argmax()
    assert loudest == PITCH_HZ
    assert np.array_equal(heard[:, 0], heard[:, 1])


def test_it_begins_and_ends_without_a_click() -> None:
    tone = Tone()
    tone.start()
    begun = _heard(tone, SAMPLE_RATE // 2)
    tone.hush()
    rest = _heard(tone, SAMPLE_RATE // 2)

    whole = np.concatenate([begun, rest])[:, 0]
    steepest = 2 * np.pi * PITCH_HZ / SAMPLE_RATE * LEVEL

    assert np.abs(np.diff(whole, prepend=0.0)).max() < 1.5 * steepest
    assert not rest[SAMPLE_RATE // 20 :].any()
