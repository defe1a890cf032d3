"""The test tone: by it people tell whether they hear an output."""

import numpy as np

from backline.player.domain import TEST_TONE
from backline.player.miniaudio.ring import SAMPLE_RATE, Frames, silence
from backline.player.miniaudio.units import to_frames

PITCH_HZ = 440.0
LEVEL = 0.25  # of full scale, below the volume: plain to hear, and nobody starts
EDGE = SAMPLE_RATE // 25  # begins and ends softly
HUSH = SAMPLE_RATE // 50


class Tone:
    """One second of a sine, mixed in while there is some of it left."""

    def __init__(self) -> None:
        self._left = silence(0)

    @property
    def sounds(self) -> bool:
        return len(self._left) > 0

    def start(self) -> None:
        frames = to_frames(TEST_TONE)
        at = np.arange(frames, dtype=np.float32)
        wave = np.sin(at * np.float32(2 * np.pi * PITCH_HZ / SAMPLE_RATE)) * np.float32(LEVEL)
        edge = np.sin(np.linspace(0, np.pi / 2, EDGE, dtype=np.float32)) ** 2
        wave[:EDGE] *= edge
        wave[-EDGE:] *= edge[::-1]
        self._left = np.repeat(wave[:, None], 2, axis=1)

    def hush(self) -> None:
        """End it soon, without a click."""
        self._left = self._left[:HUSH].copy()
        self._left *= np.linspace(1, 0, len(self._left), dtype=np.float32)[:, None]

    def mix(self, out: Frames) -> None:
        frames = min(len(out), len(self._left))
        out[:frames] += self._left[:frames]
        self._left = self._left[frames:]
