"""Decoded audio between the thread that decodes and the callback that plays."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Frames: TypeAlias = NDArray[np.float32]
"""Shape (frames, 2), full scale is 1.0, at `SAMPLE_RATE`."""

SAMPLE_RATE = 48_000
CHANNELS = 2


def silence(frames: int) -> Frames:
    return np.zeros((frames, CHANNELS), np.float32)


class Ring:
    """A first-in-first-out buffer for one writer and one reader, without a lock.

    Each side only moves its own counter, and moves it after the samples are in place; Python's
    interpreter lock makes a counter's assignment atomic and ordered.
    """

    def __init__(self, capacity: int) -> None:
        self._samples = silence(capacity)
        self._capacity = capacity
        self._written = 0
        self._read = 0

    @property
    def filled(self) -> int:
        return self._written - self._read

    @property
    def room(self) -> int:
        return self._capacity - self.filled

    def write(self, block: Frames) -> None:
        """Append `block`, which must not be longer than `room`."""
        start = self._written % self._capacity
        first = min(len(block), self._capacity - start)
        self._samples[start : start + first] = block[:first]
        self._samples[: len(block) - first] = block[first:]
        self._written += len(block)

    def peek(self, frames: int) -> Frames:
        """A copy of the oldest `frames`, or of as many as there are."""
        frames = min(frames, self.filled)
        start = self._read % self._capacity
        first = min(frames, self._capacity - start)
        block = np.empty((frames, CHANNELS), np.float32)
        block[:first] = self._samples[start : start + first]
        block[first:] = self._samples[: frames - first]
        return block

    def take(self, frames: int) -> Frames:
        """As `peek`, and let go of them."""
        block = self.peek(frames)
        self._read += len(block)
        return block
