"""Small audio files, made on the spot."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 48_000


def tone(
    seconds: float, *, frequency: float = 440.0, rate: int = RATE, level: float = 0.5
) -> NDArray[np.float32]:
    """A stereo sine, shape (frames, 2); the right channel runs against the left one."""
    at = np.arange(round(seconds * rate)) / rate
    left = level * np.sin(2 * np.pi * frequency * at)
    return np.stack([left, -left], axis=1).astype(np.float32)


def counting(frames: int, *, begin: int = 0) -> NDArray[np.float32]:
    """Every frame tells its own number: exact in float32 and in 24 bits."""
    numbers = (np.arange(begin, begin + frames) % 2**20 + 1) / 2**21
    return np.stack([numbers, -numbers], axis=1).astype(np.float32)


def write(
    path: Path, samples: NDArray[np.float32], *, rate: int = RATE, subtype: str | None = None
) -> Path:
    """Write `samples` in the format that the suffix names."""
    if path.suffix == ".wav":
        subtype = subtype or "FLOAT"
    if path.suffix == ".opus":
        soundfile.write(path, samples, rate, format="OGG", subtype="OPUS")
    else:
        soundfile.write(path, samples, rate, subtype=subtype)
    return path
