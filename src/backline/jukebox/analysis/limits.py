"""How much an analysis may take before it is given up."""

from dataclasses import dataclass

_MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisLimits:
    """Of one file, and of the process that listens to it.

    Attributes:
        duration_s: Longest sound.
        rate: Highest sample rate; the lowest is 4 kHz.
        channels: Most channels.
        samples: Most samples over all channels: three hours of stereo at 96 kHz.
        memory: Address space in bytes.
        cpu_s: Processor time.
        wall_s: Time on the clock.
        written: Bytes of one file that it writes (a transcript).
        open_files: Descriptors.
        picture: Bytes of a cover as it is in the file.
        picture_pixels: Width times height of a cover.
        target_lufs: Loudness that tracks are brought to; -16 LUFS suits loudspeakers in a room.
        ceiling_db: What a peak may reach with that, in dB of full scale.
    """

    duration_s: float = 3 * 3600
    rate: int = 192_000
    channels: int = 8
    samples: int = 2 * 96_000 * 3 * 3600
    memory: int = 512 * _MIB
    cpu_s: int = 240
    wall_s: float = 600
    written: int = 2048 * _MIB
    open_files: int = 32
    picture: int = 20 * _MIB
    picture_pixels: int = 24_000_000
    target_lufs: float = -16.0
    ceiling_db: float = -1.0


LOWEST_RATE = 4_000
