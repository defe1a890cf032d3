"""Real sound files for tests, made on the spot: every format, with tags and covers, whole or not.

data = flac(tone(4.0))                          bytes, ready to upload
data = with_id3(mp3(tone(4.0)), title="Night Bus", cover=picture(600, 400))
write_silence(path, hours=4, rate=8000)         a decoder bomb, some hundred kilobytes
"""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

Samples = NDArray[np.float32]

RATE = 48_000


def tone(
    seconds: float,
    *,
    rate: int = RATE,
    channels: int = 2,
    frequency: float = 440.0,
    level_db: float = -6.0,
) -> Samples:
    """A sine of that peak level on all channels; shape (frames, channels)."""
    moments = np.arange(round(seconds * rate)) / rate
    sine = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency * moments)
    return np.repeat(sine[:, None], channels, axis=1).astype(np.float32)


def silence(seconds: float, *, rate: int = RATE, channels: int = 2) -> Samples:
    return np.zeros((round(seconds * rate), channels), dtype=np.float32)


def noise(seconds: float, *, rate: int = RATE, channels: int = 2, seed: int = 1) -> Samples:
    """White noise, which no codec can make small."""
    shape = (round(seconds * rate), channels)
    return (np.random.default_rng(seed).standard_normal(shape) * 0.1).astype(np.float32)


def wav(samples: Samples, rate: int = RATE, *, subtype: str = "PCM_16", **tags: str) -> bytes:
    return _encode(samples, rate, "WAV", subtype, tags)


def mp3(samples: Samples, rate: int = RATE, **tags: str) -> bytes:
    """With the Info frame of LAME, which says how many frames follow."""
    return _encode(samples, rate, "MP3", "MPEG_LAYER_III", tags)


def flac(samples: Samples, rate: int = RATE, *, subtype: str = "PCM_16", **tags: str) -> bytes:
    return _encode(samples, rate, "FLAC", subtype, tags)


def ogg(samples: Samples, rate: int = RATE, **tags: str) -> bytes:
    return _encode(samples, rate, "OGG", "VORBIS", tags)


def opus(samples: Samples, rate: int = RATE, **tags: str) -> bytes:
    return _encode(samples, rate, "OGG", "OPUS", tags)


def aiff(samples: Samples, rate: int = RATE, *, subtype: str = "PCM_16", **tags: str) -> bytes:
    return _encode(samples, rate, "AIFF", subtype, tags)


FORMATS = {"wav": wav, "mp3": mp3, "flac": flac, "ogg": ogg, "opus": opus, "aiff": aiff}
"""Encoders by file extension."""


def song(extension: str = "flac", seconds: float = 2.0, *, frequency: float = 440.0) -> bytes:
    """A short tone; another frequency is another file."""
    return FORMATS[extension](tone(seconds, frequency=frequency))


def truncated(data: bytes, share: float) -> bytes:
    """The first part of a file, as a broken download leaves it."""
    return data[: int(len(data) * share)]


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    """A picture of two colours."""
    image = Image.new("RGB", (width, height), "#d4691e")
    image.paste("#102030", (0, 0, width // 2, height // 2))
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def with_id3(
    data: bytes,
    *,
    title: str = "",
    artist: str = "",
    album: str = "",
    cover: bytes = b"",
    cover_type: str = "image/png",
) -> bytes:
    """`data` behind an ID3v2.4 tag in UTF-8 (id3.org, id3v2.4.0-structure and -frames)."""
    frames = b""
    for name, text in (("TIT2", title), ("TPE1", artist), ("TALB", album)):
        if text:
            frames += _id3_frame(name, b"\x03" + text.encode())
    if cover:
        front_cover = b"\x03"
        frames += _id3_frame(
            "APIC", b"\x03" + cover_type.encode() + b"\0" + front_cover + b"\0" + cover
        )
    return b"ID3\x04\x00\x00" + _synchsafe(len(frames)) + frames + data


def with_flac_picture(data: bytes, cover: bytes, *, cover_type: str = "image/png") -> bytes:
    """A FLAC file with a PICTURE block behind its STREAMINFO (RFC 9639 §8.8)."""
    kind = cover_type.encode()
    block = struct.pack(">II", 3, len(kind)) + kind + struct.pack(">I", 0)
    block += struct.pack(">IIIII", 0, 0, 24, 0, len(cover)) + cover
    stream_info = data[:42]
    return stream_info + b"\x06" + len(block).to_bytes(3) + block + data[42:]


def lying_wav(claimed: int = 0xFFFFFFF0, real: int = 64) -> bytes:
    """A WAV whose header speaks of gigabytes, with a few bytes of sound."""
    header = struct.pack("<IHHIIHH", 16, 1, 2, 48_000, 192_000, 4, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 0xFFFFFFFF)
        + b"WAVEfmt "
        + header
        + b"data"
        + struct.pack("<I", claimed)
        + b"\0" * real
    )


def write_silence(
    path: Path,
    *,
    hours: float,
    rate: int,
    channels: int = 1,
    kind: str = "FLAC",
    subtype: str = "PCM_16",
) -> None:
    """A decoder bomb: a small file that unpacks to gigabytes."""
    block = np.zeros((rate * 60, channels), dtype=np.float32)
    with soundfile.SoundFile(path, "w", rate, channels, format=kind, subtype=subtype) as file:
        for _ in range(round(hours * 60)):
            file.write(block)


def _encode(samples: Samples, rate: int, kind: str, subtype: str, tags: dict[str, str]) -> bytes:
    target = BytesIO()
    with soundfile.SoundFile(
        target, "w", rate, samples.shape[1], format=kind, subtype=subtype
    ) as file:
        for name, text in tags.items():
            setattr(file, name, text)
        # In pieces: libsndfile's Vorbis encoder keeps whole writes on the stack.
        for at in range(0, len(samples), rate):
            file.write(samples[at : at + rate])
    return target.getvalue()


def _id3_frame(name: str, body: bytes) -> bytes:
    return name.encode() + _synchsafe(len(body)) + b"\0\0" + body


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
