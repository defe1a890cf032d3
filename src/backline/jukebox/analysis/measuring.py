"""What is learnt from the samples while they pass by, and the transcript that they may leave."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from backline.jukebox.analysis.decoding import Sound
from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.analysis.loudness import DUAL_MONO_LU, LoudnessMeter, gain_db
from backline.jukebox.analysis.waveform import Waveform

Samples = NDArray[np.float32]


class Measurement:
    """Loudness, peak and outline of samples of shape (frames, channels)."""

    def __init__(self, rate: int, channels: int, limits: AnalysisLimits) -> None:
        self.frames = 0
        self._limits = limits
        self._channels = channels
        self._meter = LoudnessMeter(rate, channels)
        self._waveform = Waveform()

    def add(self, samples: Samples) -> None:
        finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self._meter.add(finite)
        self._waveform.add(finite)
        self.frames += len(samples)

    def results(self) -> dict[str, Any]:
        """loudness_lufs, peak, gain_db and the waveform in base64. Ends the measurement."""
        loudness, peak = self._meter.integrated_lufs(), self._waveform.peak
        heard = loudness
        if loudness is not None and self._channels == 1:
            heard = loudness + DUAL_MONO_LU
        gain = gain_db(
            heard, peak, target_lufs=self._limits.target_lufs, ceiling_db=self._limits.ceiling_db
        )
        return {
            "loudness_lufs": None if loudness is None else round(loudness, 2),
            "peak": round(peak, 6),
            "gain_db": round(gain, 2),
            "waveform": base64.b64encode(self._waveform.points()).decode(),
        }


class Transcript:
    """The same sound as FLAC, for files that the player does not read."""

    def __init__(self, path: Path, sound: Sound) -> None:
        self.path = path
        self._file = soundfile.SoundFile(
            path,
            "w",
            sound.rate,
            sound.channels,
            format="FLAC",
            subtype="PCM_24" if sound.deep else "PCM_16",
        )

    def add(self, samples: Samples) -> None:
        # Opus may decode to more than full scale, which whole numbers would wrap around.
        self._file.write(np.clip(samples, -1.0, 1.0))

    def close(self) -> None:
        self._file.close()
