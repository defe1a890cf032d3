"""What a file's own headers say about its length, so that a cut-off file can be told from a whole.

Only numbers are read, from places that the headers name, and nothing is believed: the promise is
compared with what decoding brings.
"""

from typing import BinaryIO

from backline.jukebox.domain.formats import Format, id3_length, mpeg_frame

_UNKNOWN_SIZE = {0, 0xFFFFFFFF}  # what programs write that do not know the length yet
_ABOUT_2_GB = range(0x7FFFEF00, 0x80000000)  # and what SoX writes, rounded down to whole frames
_MOST_CHUNKS = 10_000
_XING_FLAG_FRAMES = 1


def promised_seconds(file: BinaryIO, kind: Format) -> float | None:
    """Seconds of sound by the header; None where the format or the file does not say."""
    file.seek(0)
    match kind:
        case Format.WAV:
            return _wav(file)
        case Format.AIFF:
            return _aiff(file)
        case Format.FLAC:
            return _flac(file)
        case Format.MP3:
            return _mp3(file)
        case Format.OGG_VORBIS | Format.OPUS:
            return None


def _wav(file: BinaryIO) -> float | None:
    bytes_per_second, rf64_size = 0, None
    file.seek(12)
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - a chunk's name and size
            return None
        name, size = header[:4], int.from_bytes(header[4:], "little")
        body = file.tell()
        if name == b"fmt ":
            bytes_per_second = int.from_bytes(file.read(12)[8:12], "little")
        elif name == b"ds64":
            rf64_size = int.from_bytes(file.read(16)[8:16], "little")
        elif name == b"data":
            if rf64_size is not None and size in _UNKNOWN_SIZE:
                size = rf64_size
            if size in _UNKNOWN_SIZE or size in _ABOUT_2_GB or not bytes_per_second:
                return None
            return size / bytes_per_second
        file.seek(body + size + size % 2)
    return None


def _aiff(file: BinaryIO) -> float | None:
    file.seek(12)
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004
            return None
        body, size = file.tell(), int.from_bytes(header[4:])
        if header[:4] == b"COMM":
            common = file.read(18)
            frames, rate = int.from_bytes(common[2:6]), _extended(common[8:18])
            return frames / rate if rate and frames else None
        file.seek(body + size + size % 2)
    return None


def _extended(data: bytes) -> float:
    """An 80-bit IEEE 754 number, as AIFF has them."""
    if len(data) < 10:  # noqa: PLR2004
        return 0.0
    exponent, mantissa = int.from_bytes(data[:2]) & 0x7FFF, int.from_bytes(data[2:10])
    power = exponent - 16383 - 63
    return mantissa * 2.0**power if -100 < power < 100 else 0.0  # noqa: PLR2004 - no sample rate


def _flac(file: BinaryIO) -> float | None:
    head = file.read(10)
    file.seek(id3_length(head))
    info = file.read(4 + 4 + 34)
    if len(info) < 42 or info[:4] != b"fLaC" or info[4] & 0x7F != 0:  # noqa: PLR2004
        return None
    packed = int.from_bytes(info[18:26])  # RFC 9639 §8.2: 20 + 3 + 5 + 36 bits
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if rate and samples else None


def _mp3(file: BinaryIO) -> float | None:
    """By the Xing or Info frame of LAME and others."""
    file.seek(id3_length(file.read(10)))
    start = file.read(64 * 1024).lstrip(b"\0")
    frame = mpeg_frame(start[:4])
    if frame is None:
        return None
    length, rate, samples = frame
    first = start[: max(length, 256)]
    for mark in (b"Xing", b"Info"):
        at = first.find(mark, 4, 64)
        if at < 0:
            continue
        flags = int.from_bytes(first[at + 4 : at + 8])
        frames = int.from_bytes(first[at + 8 : at + 12])
        if flags & _XING_FLAG_FRAMES and frames:
            return frames * samples / rate
    return None
