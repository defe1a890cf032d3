"""The volume, which never jumps."""

import numpy as np

from backline.player.miniaudio.ring import Frames


class Volume:
    """A factor that moves to its target along a straight ramp."""

    def __init__(self) -> None:
        self._level = self._target = 1.0
        self._left = 0

    def set(self, gain: float, ramp: int) -> None:
        """Move to `gain` within `ramp` frames; at once if that is 0."""
        self._target = gain
        self._left = ramp
        if not ramp:
            self._level = gain

    def apply(self, out: Frames) -> None:
        if self._left > 0:
            frames = min(len(out), self._left)
            reached = self._level + (self._target - self._level) * frames / self._left
            ramp = np.linspace(self._level, reached, frames, endpoint=False, dtype=np.float32)
            out[:frames] *= ramp[:, None]
            self._left -= frames
            self._level = reached if self._left else self._target
            out = out[frames:]
        if self._level != 1.0:
            out *= np.float32(self._level)
