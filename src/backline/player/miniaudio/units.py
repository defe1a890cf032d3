"""Between the units of the mixer and those of everybody else."""

from datetime import timedelta
from math import log10

from backline.player.miniaudio.ring import SAMPLE_RATE

_MICROSECOND = timedelta(microseconds=1)
HEADROOM_DB = -1.0


def to_frames(duration: timedelta) -> int:
    return (duration // _MICROSECOND * SAMPLE_RATE + 500_000) // 1_000_000


def to_timedelta(frames: int) -> timedelta:
    return timedelta(microseconds=round(frames * 1_000_000 / SAMPLE_RATE))


def volume_gain(volume: float) -> float:
    """The factor for a perceptual volume of 0 to 1.

    The cubic curve of most mixers, 60·log10(v) dB: a half sounds about half as loud.
    """
    return volume**3


def item_gain(gain_db: float, peak: float) -> float:
    """The factor for an item, limited so that its peak stays below -1 dBFS.

    An item that is not to be made louder is never made quieter for its peak's sake.
    """
    if gain_db > 0 and peak > 0:
        gain_db = max(0.0, min(gain_db, HEADROOM_DB - 20 * log10(peak)))
    return float(10 ** (gain_db / 20))
