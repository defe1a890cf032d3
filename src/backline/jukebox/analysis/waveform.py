"""The outline of a whole file, gathered while it is decoded, whatever its length."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

POINTS = 1000
_MOST_BINS = 1 << 16


class Waveform:
    """Keeps the peaks of equal stretches; when there are too many, neighbours become one."""

    def __init__(self) -> None:
        self._bins = np.zeros(_MOST_BINS, dtype=np.float32)
        self._used = 0
        self._stretch = 1
        self._rest = np.zeros(0, dtype=np.float32)

    def add(self, samples: Samples) -> None:
        """Samples of shape (frames, channels)."""
        level = np.abs(samples[:, 0])
        for channel in samples.T[1:]:
            np.maximum(level, np.abs(channel), out=level)
        level = np.concatenate([self._rest, level])
        while len(level) >= self._stretch:
            if self._used == _MOST_BINS:
                self._halve()
                continue
            whole = min(len(level) // self._stretch, _MOST_BINS - self._used)
            peaks = level[: whole * self._stretch].reshape(whole, self._stretch).max(axis=1)
            self._bins[self._used : self._used + whole] = peaks
            self._used += whole
            level = level[whole * self._stretch :]
        self._rest = level

    @property
    def peak(self) -> float:
        """The largest sample so far; 1.0 is full scale."""
        return float(max(self._bins[: self._used].max(initial=0), self._rest.max(initial=0)))

    def points(self) -> bytes:
        """`POINTS` peaks over the whole length, one byte each; louder than full scale is 255."""
        bins = self._bins[: self._used]
        if len(self._rest):
            bins = np.append(bins, self._rest.max())
        if len(bins) == 0:
            return bytes(POINTS)
        starts = np.arange(POINTS) * len(bins) // POINTS
        peaks = np.maximum.reduceat(bins, starts)
        return bytes(np.clip(np.rint(peaks * 255), 0, 255).astype(np.uint8))

    def _halve(self) -> None:
        self._bins[: _MOST_BINS // 2] = self._bins.reshape(-1, 2).max(axis=1)
        self._used = _MOST_BINS // 2
        self._stretch *= 2
