"""Files as blocks of stereo float at one rate, whatever they were."""

import struct
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from stat import S_ISREG
from typing import Any

import miniaudio
import numpy as np
from typing_extensions import override

from backline.player.domain import ErrorCode
from backline.player.miniaudio.ring import CHANNELS, SAMPLE_RATE, Frames

BLOCK = 4096
LOUDEST = 8.0  # far above full scale; float files may hold anything
_FLOAT_BYTES = 4


class Unplayable(Exception):
    """Why a file cannot be decoded."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def decode(path: Path, start: int) -> Iterator[Frames]:
    """Blocks of `path` from the frame `start` (at `SAMPLE_RATE`) on.

    Raises:
        Unplayable: It cannot be opened, or decoding broke off.
    """
    blocks = _open(path, start)
    with closing(blocks):
        try:
            for samples in blocks:
                block = np.frombuffer(samples, np.float32).reshape(-1, CHANNELS)
                if not np.isfinite(block).all() or np.abs(block).max(initial=0) > LOUDEST:
                    block = np.nan_to_num(block, nan=0.0, posinf=LOUDEST, neginf=-LOUDEST)
                    block = np.clip(block, -LOUDEST, LOUDEST)
                yield block
        except (miniaudio.MiniaudioError, RuntimeError, OSError) as error:
            raise Unplayable(
                ErrorCode.CORRUPT, f"The file is damaged: decoding broke off ({error})."
            ) from error


def _open(path: Path, start: int) -> Generator[Any, None, None]:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):  # opening a pipe would wait for its other end
            raise Unplayable(ErrorCode.NOT_FOUND, "This is not a file.")
        if not status.st_size:
            raise Unplayable(ErrorCode.CORRUPT, "The file is empty.")
        path.open("rb").close()
    except OSError as error:
        raise Unplayable(
            ErrorCode.NOT_FOUND, f"The file cannot be read: {error.strerror or error}."
        ) from error
    try:
        return _by_miniaudio(path, start)
    except miniaudio.MiniaudioError:
        return _by_soundfile(path, start)


def _by_miniaudio(path: Path, start: int) -> Generator[Any, None, None]:
    # `seek_frame` counts frames of the rate that comes out, not of the file's. The generator has
    # been begun by `stream_file` already: its first `next` returns audio.
    return miniaudio.stream_file(  # type: ignore[no-any-return]
        str(path),
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=CHANNELS,
        sample_rate=SAMPLE_RATE,
        frames_to_read=BLOCK,
        seek_frame=start,
    )


def _by_soundfile(path: Path, start: int) -> Generator[Any, None, None]:
    """What miniaudio cannot decode (Opus, above all), resampled by miniaudio all the same."""
    import soundfile  # noqa: PLC0415 - 4 MB that most rooms never need

    try:
        file = soundfile.SoundFile(path)
        file.seek(min(round(start * file.samplerate / SAMPLE_RATE), file.frames))
        if file.tell() >= file.frames:
            return _nothing()
        wave = _Wave(file)
        stream = miniaudio.stream_any(
            wave,
            source_format=miniaudio.FileFormat.WAV,
            output_format=miniaudio.SampleFormat.FLOAT32,
            nchannels=CHANNELS,
            sample_rate=SAMPLE_RATE,
            frames_to_read=BLOCK,
        )
        return _keeping(wave, stream)
    except soundfile.LibsndfileError as error:
        raise Unplayable(
            ErrorCode.UNSUPPORTED_FORMAT, "No decoder knows this kind of file."
        ) from error
    except (miniaudio.MiniaudioError, ValueError) as error:
        raise Unplayable(ErrorCode.CORRUPT, f"The file is damaged ({error}).") from error


def _nothing() -> Generator[Any, None, None]:
    yield from ()


def _keeping(wave: "_Wave", stream: Generator[Any, None, None]) -> Generator[Any, None, None]:
    # The decoder only holds a bare pointer to `wave`: somebody has to keep it alive.
    with closing(wave), closing(stream):
        yield from stream


class _Wave(miniaudio.StreamableSource):  # type: ignore[misc]
    """A sound file as a stream of WAV bytes, which miniaudio can resample without seams."""

    def __init__(self, file: Any) -> None:
        self._file = file
        size = min((file.frames - file.tell()) * file.channels * _FLOAT_BYTES, 0xFFFF_FF00)
        rate, channels = file.samplerate, file.channels
        frame = channels * _FLOAT_BYTES
        self._pending = (
            struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
            # 3 is the tag of IEEE float
            + struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, channels, rate, rate * frame, frame, 32)
            + struct.pack("<4sI", b"data", size)
        )

    @override
    def read(self, num_bytes: int) -> bytes:
        while len(self._pending) < num_bytes:
            block = self._file.read(BLOCK, dtype="float32", always_2d=True)
            if not len(block):
                break
            self._pending += block.tobytes()
        data, self._pending = self._pending[:num_bytes], self._pending[num_bytes:]
        return data

    @override
    def close(self) -> None:
        self._file.close()
