"""Opens a sound file and gives its samples in blocks, never more than a few at a time.

A file that the player's own decoder (miniaudio) can read is read by that, so that what is checked
is what will sound. Everything else is read by libsndfile and has to be transcribed. So is Ogg
Vorbis: miniaudio reads it by stb_vorbis, which a damaged file can crash, and a file that passed
here might still do so to the player when somebody seeks in it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import miniaudio
import numpy as np
import soundfile
from numpy.typing import NDArray

from backline.jukebox.domain.formats import Format

Samples = NDArray[np.float32]

BLOCK = 1 << 16
"""Samples of one block, over all channels."""

# By format and not by `get_file_info`, which goes by the extension; stored files have none.
_PLAYABLE = {
    Format.WAV: miniaudio.wav_get_file_info,
    Format.MP3: miniaudio.mp3_get_file_info,
    Format.FLAC: miniaudio.flac_get_file_info,
}
_CONTAINERS = {
    Format.WAV: {"WAV", "WAVEX", "RF64"},
    Format.MP3: {"MP3"},
    Format.FLAC: {"FLAC"},
    Format.OGG_VORBIS: {"OGG"},
    Format.OPUS: {"OGG"},
    Format.AIFF: {"AIFF"},
}


class Undecodable(Exception):
    """No decoder can make sense of the file."""


@dataclass(frozen=True, slots=True)
class Sound:
    """An opened file.

    Attributes:
        frames: As the decoder expects them; 0 if it cannot tell. Only for showing progress.
        blocks: The samples, of shape (frames, channels).
        playable: True if the player reads the file as it is.
        deep: True if 16 bits per sample would lose something.
    """

    rate: int
    channels: int
    frames: int
    blocks: Iterator[Samples]
    playable: bool
    deep: bool = False


def open_sound(path: Path, kind: Format) -> Sound:
    """Raises `Undecodable`."""
    if kind in _PLAYABLE:
        with suppress(miniaudio.MiniaudioError, ZeroDivisionError):  # of a rate of 0
            info = _PLAYABLE[kind](str(path))
            if info.sample_rate and info.nchannels:
                return Sound(
                    rate=info.sample_rate,
                    channels=info.nchannels,
                    frames=info.num_frames,
                    blocks=_by_miniaudio(path, info.sample_rate, info.nchannels),
                    playable=True,
                )
    return _by_libsndfile(path, kind)


def _by_miniaudio(path: Path, rate: int, channels: int) -> Iterator[Samples]:
    stream = miniaudio.stream_file(
        str(path), miniaudio.SampleFormat.FLOAT32, channels, rate, frames_to_read=BLOCK // channels
    )
    for block in stream:
        yield np.frombuffer(block, dtype=np.float32).reshape(-1, channels)


def _by_libsndfile(path: Path, kind: Format) -> Sound:
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise Undecodable(str(error)) from error
    if file.format not in _CONTAINERS[kind] or file.channels < 1 or file.samplerate < 1:
        raise Undecodable(f"{kind} is {file.format} inside")
    return Sound(
        rate=file.samplerate,
        channels=file.channels,
        frames=max(file.frames, 0),
        blocks=_read(file),
        playable=False,
        deep=file.subtype in {"PCM_24", "PCM_32", "FLOAT", "DOUBLE"},
    )


def _read(file: soundfile.SoundFile) -> Iterator[Samples]:
    """Until the end, or until the decoder gives up: what is missing then shows in the length."""
    with file, suppress(soundfile.LibsndfileError):
        while len(block := file.read(BLOCK // file.channels, dtype="float32", always_2d=True)):
            yield block
