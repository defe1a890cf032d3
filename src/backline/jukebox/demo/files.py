"""Puts samples into sound files with titles and covers, as people's own files have them."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from backline.jukebox.demo.content import DemoSong

COVER_SIDE = 480
_SUBTYPES = {"mp3": "MPEG_LAYER_III", "flac": "PCM_16", "ogg": "VORBIS", "opus": "OPUS"}
_CONTAINERS = {"opus": "OGG", "wav": "WAV"}


def write(path: Path, samples: NDArray[np.float32], rate: int, song: DemoSong) -> None:
    """Write the song with its tags and, where it has one, its cover."""
    target = BytesIO()
    if song.kind == "opus":
        # Opus knows no 32,000: the same samples a little slower and lower are a song as well.
        rate = 24_000
    with soundfile.SoundFile(
        target, "w", rate, 2,
        format=_CONTAINERS.get(song.kind, song.kind.upper()), subtype=_SUBTYPES[song.kind],
    ) as file:  # fmt: skip
        if song.kind != "mp3":
            for name, text in (
                ("title", song.title),
                ("artist", song.artist),
                ("album", song.album),
            ):
                if text:
                    setattr(file, name, text)
        # In pieces: libsndfile's Vorbis encoder keeps whole writes on the stack.
        for at in range(0, len(samples), rate):
            file.write(samples[at : at + rate])
    data = target.getvalue()
    if song.kind == "mp3":
        data = _id3(song) + data
    elif song.kind == "flac" and song.cover:
        data = _with_picture(data, picture(*song.cover))
    path.write_bytes(data)


def write_broken(path: Path, rate: int, song: DemoSong) -> None:
    """A file whose copy stopped early: the header speaks of all of it, the sound ends before."""
    announced = song.seconds * rate * 4
    there = (song.broken_at_s or 0) * rate
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(there) / rate) * np.linspace(0, 1, there)
    samples = np.repeat((tone * 32_767).astype("<i2")[:, None], 2, axis=1)
    layout = struct.pack("<HHIIHH", 1, 2, rate, rate * 4, 4, 16)
    info = b"".join(_chunk(name, text.encode() + b"\0") for name, text in
                    ((b"INAM", song.title), (b"IART", song.artist)))  # fmt: skip
    content = b"WAVE" + _chunk(b"fmt ", layout) + _chunk(b"LIST", b"INFO" + info)
    size = len(content) + 8 + announced
    head = b"RIFF" + struct.pack("<I", size) + content + b"data" + struct.pack("<I", announced)
    path.write_bytes(head + samples.tobytes())


def _with_picture(flac: bytes, cover: bytes) -> bytes:
    """The file with a PICTURE block behind its STREAMINFO (RFC 9639 §8.8)."""
    kind = b"image/png"
    block = struct.pack(">II", 3, len(kind)) + kind + struct.pack(">I", 0)
    block += struct.pack(">IIIII", 0, 0, 24, 0, len(cover)) + cover
    head = 4 + 4 + 34
    return flac[:head] + b"\x06" + len(block).to_bytes(3, "big") + block + flac[head:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _id3(song: DemoSong) -> bytes:
    """An ID3v2.4 tag in UTF-8 (id3.org, id3v2.4.0-structure and -frames)."""
    frames = b"".join(
        _frame(name, b"\x03" + text.encode())
        for name, text in (("TIT2", song.title), ("TPE1", song.artist), ("TALB", song.album))
        if text
    )
    if song.cover:
        front = b"\x03"
        frames += _frame("APIC", b"\x03image/png\0" + front + b"\0" + picture(*song.cover))
    return b"ID3\x04\x00\x00" + _synchsafe(len(frames)) + frames


def _frame(name: str, body: bytes) -> bytes:
    return name.encode() + _synchsafe(len(body)) + b"\0\0" + body


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def picture(ground: str, ink: str, figure: str) -> bytes:
    """A cover as a printer with two inks would make it."""
    side = COVER_SIDE
    image = Image.new("RGB", (2 * side, 2 * side), ground)
    draw = ImageDraw.Draw(image)
    _FIGURES[figure](draw, 2 * side, ink, ground)
    file = BytesIO()
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    small.quantize(32).save(file, "PNG", optimize=True)
    return file.getvalue()


def _sun(draw: ImageDraw.ImageDraw, side: int, ink: str, ground: str) -> None:
    draw.ellipse(_circle(side / 2, side * 0.46, side * 0.3), fill=ink)
    for number in range(7):
        top = side * (0.46 + 0.045 * number)
        draw.rectangle((0, top, side, top + side * 0.006 * (number + 1)), fill=ground)


def _moon(draw: ImageDraw.ImageDraw, side: int, ink: str, ground: str) -> None:
    draw.ellipse(_circle(side * 0.52, side * 0.48, side * 0.3), fill=ink)
    draw.ellipse(_circle(side * 0.64, side * 0.42, side * 0.26), fill=ground)
    for x, y in ((0.2, 0.2), (0.78, 0.74), (0.3, 0.82), (0.84, 0.16)):
        draw.ellipse(_circle(side * x, side * y, side * 0.012), fill=ink)


def _waves(draw: ImageDraw.ImageDraw, side: int, ink: str, _: str) -> None:
    across = np.linspace(0, side, 120)
    for number in range(9):
        level = side * (0.3 + 0.07 * number)
        bow = side * 0.028 * np.sin(across / side * 4 * np.pi + number * 0.7)
        line = list(zip(across.tolist(), (level + bow).tolist(), strict=True))
        draw.line(line, fill=ink, width=round(side * (0.006 + 0.002 * number)))


def _lanterns(draw: ImageDraw.ImageDraw, side: int, ink: str, _: str) -> None:
    for x, y, size in ((0.26, 0.4, 0.11), (0.52, 0.56, 0.15), (0.78, 0.34, 0.09)):
        draw.line((side * x, 0, side * x, side * y), fill=ink, width=round(side * 0.006))
        draw.ellipse(
            (side * (x - size * 0.8), side * (y - size), side * (x + size * 0.8),
             side * (y + size)), fill=ink,
        )  # fmt: skip


def _tiles(draw: ImageDraw.ImageDraw, side: int, ink: str, _: str) -> None:
    step = side / 6
    for row in range(6):
        for column in range(6):
            reach = step * 0.46 * (0.25 + 0.75 * ((row * 5 + column * 3) % 7) / 6)
            draw.ellipse(_circle((column + 0.5) * step, (row + 0.5) * step, reach), fill=ink)


def _rain(draw: ImageDraw.ImageDraw, side: int, ink: str, _: str) -> None:
    for number in range(46):
        x, y = number * 0.391 % 1.1, number * 0.237 % 1.0
        reach = 0.06 + 0.05 * (number % 3)
        line = (side * x, side * y, side * (x - reach * 0.35), side * (y + reach))
        draw.line(line, fill=ink, width=round(side * 0.009))


def _rings(draw: ImageDraw.ImageDraw, side: int, ink: str, _: str) -> None:
    for number in range(1, 8):
        circle = _circle(side * 0.5, side * 0.5, side * 0.055 * number)
        draw.ellipse(circle, outline=ink, width=round(side * 0.014))


def _circle(x: float, y: float, reach: float) -> tuple[float, float, float, float]:
    return (x - reach, y - reach, x + reach, y + reach)


_FIGURES = {
    "sun": _sun,
    "moon": _moon,
    "waves": _waves,
    "lanterns": _lanterns,
    "tiles": _tiles,
    "rain": _rain,
    "rings": _rings,
}
