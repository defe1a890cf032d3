"""Integrated loudness after ITU-R BS.1770-4, block by block, in constant memory.

The K-weighting filters are those of the recommendation's annex 1, for any sample rate (analogue
prototypes after Brecht De Man, "Evaluation of implementations of the EBU R 128 loudness
measurement", AES 145, 2018). They are applied by FFT with overlap-save: their impulse response is
below -200 dB after a tenth of a second and is cut there.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
DUAL_MONO_LU = 3.0103
"""A mono file sounds from both speakers of a pair: so much louder than it measures."""

_OFFSET = -0.691
_HOPS_PER_SECOND = 10
_HOPS_PER_BLOCK = 4  # 400 ms blocks that overlap by 75 %

# Weights by channel order of WAV and FLAC files; the low-frequency channel does not count, and
# only loudspeakers at the sides (60° to 120°) count 1.41-fold (BS.1770-4, table 4).
_WEIGHTS = {
    4: (1.0, 1.0, 1.41, 1.41),
    5: (1.0, 1.0, 1.0, 1.41, 1.41),
    6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, 1.41, 1.41),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41),
}


class LoudnessMeter:
    """Takes samples of shape (frames, channels) and tells the integrated loudness of them all.

    Args:
        rate: Frames per second.
        channels: 1 to 8.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate = rate
        self._weights = np.array(_WEIGHTS.get(channels, (1.0,) * channels), dtype=np.float32)
        response = _impulse_response(rate)
        self._tail = len(response) - 1
        self._fft = 8 * len(response)
        self._step = self._fft - self._tail
        self._filter = np.fft.rfft(response, self._fft).astype(np.complex64)
        self._pending = np.zeros((channels, self._fft), dtype=np.float32)
        self._filled = self._tail  # silence before the first sample
        self._frames = 0
        self._hop = 0
        self._hop_energy = 0.0
        self._energies: list[float] = []

    def add(self, samples: Samples) -> None:
        at = 0
        while at < len(samples):
            taken = min(self._fft - self._filled, len(samples) - at)
            self._pending[:, self._filled : self._filled + taken] = samples[at : at + taken].T
            self._filled += taken
            at += taken
            if self._filled == self._fft:
                self._measure(self._step)
                self._pending[:, : self._tail] = self._pending[:, self._step :]
                self._filled = self._tail

    def integrated_lufs(self) -> float | None:
        """Gated loudness of all that was added; None for silence. Ends the measurement.

        What is shorter than one block of 400 ms is measured as a whole.
        """
        if self._filled > self._tail:
            self._pending[:, self._filled :] = 0
            self._measure(self._filled - self._tail)
            self._filled = self._tail
        if self._frames == 0:
            return None
        hops = np.array(self._energies)
        if len(hops) < _HOPS_PER_BLOCK:
            blocks = np.array([(hops.sum() + self._hop_energy) / self._frames])
        else:
            edges = np.array([self._edge(each) for each in range(len(hops) + 1)])
            sums = np.convolve(hops, np.ones(_HOPS_PER_BLOCK), "valid")
            blocks = sums / (edges[_HOPS_PER_BLOCK:] - edges[:-_HOPS_PER_BLOCK])
        blocks = blocks[_lufs(blocks) > ABSOLUTE_GATE_LUFS]
        if len(blocks) == 0:
            return None
        gate = _lufs(blocks.mean()) + RELATIVE_GATE_LU
        return float(_lufs(blocks[_lufs(blocks) > gate].mean()))

    def _measure(self, frames: int) -> None:
        spectrum = np.fft.rfft(self._pending, axis=1)
        spectrum *= self._filter
        weighted = np.fft.irfft(spectrum, self._fft, axis=1)[:, self._tail : self._tail + frames]
        self._gather(np.einsum("cn,cn,c->n", weighted, weighted, self._weights))

    def _gather(self, power: NDArray[np.float32]) -> None:
        """Add up the weighted power of each hop of 100 ms."""
        at = 0
        while at < len(power):
            end = self._edge(self._hop + 1)
            taken = min(end - self._frames, len(power) - at)
            self._hop_energy += float(power[at : at + taken].sum(dtype=np.float64))
            at += taken
            self._frames += taken
            if self._frames == end:
                self._energies.append(self._hop_energy)
                self._hop, self._hop_energy = self._hop + 1, 0.0

    def _edge(self, hop: int) -> int:
        """The frame at which a hop begins; exact on average at any rate."""
        return hop * self._rate // _HOPS_PER_SECOND


def gain_db(
    loudness_lufs: float | None, peak: float, *, target_lufs: float, ceiling_db: float
) -> float:
    """What brings a file to the target without its peak passing the ceiling; 0 for silence."""
    if loudness_lufs is None or peak <= 0:
        return 0.0
    headroom = ceiling_db - 20 * float(np.log10(peak))
    return min(target_lufs - loudness_lufs, headroom)


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return _OFFSET + 10 * np.log10(power)


def _impulse_response(rate: int) -> NDArray[np.float64]:
    length = 1 << (rate // 10 - 1).bit_length()
    points = 8 * length
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(points))
    response = np.ones(len(z), dtype=complex)
    for numerator, denominator in (_shelf(rate), _high_pass(rate)):
        response *= np.polyval(numerator[::-1], z) / np.polyval(denominator[::-1], z)
    return np.fft.irfft(response, points)[:length]


def _shelf(rate: int) -> tuple[list[float], list[float]]:
    """The effect of a head: +4 dB above 1.7 kHz."""
    frequency, gain, quality = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * frequency / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / quality + k * k
    return (
        [
            (high + band * k / quality + k * k) / a0,
            2 * (k * k - high) / a0,
            (high - band * k / quality + k * k) / a0,
        ],
        [1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0],
    )


def _high_pass(rate: int) -> tuple[list[float], list[float]]:
    """The revised low-frequency B-curve, 38 Hz."""
    frequency, quality = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * frequency / rate)
    a0 = 1 + k / quality + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0]
