"""Makes the demo's sounds: additive and FM tones over four chords, arranged like a song.

    python -m backline.jukebox.demo.sounds FOLDER MOST_SECONDS KEY…

writes a file for each song and prints the key of each as soon as its file is whole. A process of
its own, so that neither the interpreter nor the memory of the worker is taken up by it.
"""

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backline.jukebox.demo.content import SONGS, DemoSong
from backline.jukebox.demo.files import write, write_broken

Samples = NDArray[np.float32]

RATE = 32_000
_A = 110.0
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_BARS = 4
_BEATS = 4
_PEAK = 0.82

# Loudness of pad, bass, figure and drums in each eighth of a song.
_PARTS = {
    "pad": (0.9, 0.8, 0.7, 0.8, 0.6, 0.8, 0.8, 1.0),
    "bass": (0.0, 0.7, 0.9, 1.0, 0.5, 1.0, 1.0, 0.3),
    "figure": (0.5, 0.6, 0.8, 1.0, 0.9, 0.7, 1.0, 0.5),
    "drums": (0.0, 0.0, 0.7, 1.0, 0.3, 0.9, 1.0, 0.0),
}


def render(song: DemoSong, most_s: float) -> Samples:
    """The whole song in stereo; shape (frames, 2)."""
    length = round(min(song.seconds, most_s) * RATE)
    loops = _loops(song)
    mixed = np.zeros((length, 2), dtype=np.float32)
    for part, gains in _PARTS.items():
        loop = loops[part]
        corners = _corners(length, len(loop))
        for start in range(0, length, len(loop)):
            end = min(start + len(loop), length)
            # Loudness moves slowly: one value for each hundredth of a second is enough.
            at = np.arange(start, end, RATE // 100)
            curve = np.interp(at, corners, np.repeat(gains, 2)).astype(np.float32)
            gain = np.repeat(curve, RATE // 100)[: end - start, None]
            mixed[start:end] += loop[: end - start] * gain
    mixed *= _PEAK / max(1e-6, float(mixed.max()), float(-mixed.min()))
    fade = min(length // 3, 3 * RATE)
    mixed[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None] ** 1.5
    mixed[: RATE // 20] *= np.linspace(0, 1, RATE // 20, dtype=np.float32)[:, None]
    return mixed


def _corners(length: int, loop: int) -> NDArray[np.float64]:
    """Where each eighth begins and ends, on a bar where there is room for that."""
    bar = loop / _BARS
    edges = np.linspace(0, length, 9)
    if length > 16 * bar:
        edges[1:-1] = np.round(edges[1:-1] / bar) * bar
    fade = min(RATE / 8, length / 40)
    return np.ravel([(start + fade, end - fade) for start, end in pairwise(edges)])


def _loops(song: DemoSong) -> dict[str, Samples]:
    """Four bars of each part."""
    beat = round(60 / song.bpm * RATE)
    scale = _MINOR if song.minor else _MAJOR

    def pitch(step: int, octave: int = 0) -> float:
        turn, degree = divmod(step, len(scale))
        return float(_A * 2 ** ((song.root + scale[degree]) / 12 + turn + octave))

    chords = [[pitch(step + third, 1) for third in (0, 2, 4, 6)] for step in song.chords]
    voice = _VOICES[song.style]
    bars = len(song.chords)
    frames = bars * _BEATS * beat
    pad, bass, figure = (np.zeros((frames, 2), np.float32) for _ in range(3))
    for bar, (step, chord) in enumerate(zip(song.chords, chords, strict=True)):
        start = bar * _BEATS * beat
        for number, tone in enumerate(chord[: 3 if song.minor else 4]):
            _add(pad, start, _pad(tone, _BEATS * beat) * 0.16, side=(number - 1.5) * 0.4)
        for at, octave in ((0, -1), (1.5, -1), (2, 0), (3, -1)):
            _add(bass, start + round(at * beat), _bass(pitch(step, octave), beat) * 0.42)
        for eighth in range(2 * _BEATS):
            tone = chord[(0, 2, 1, 3, 2, 0, 3, 1)[(eighth + bar) % 8]]
            level = 0.30 if eighth % 2 == 0 else 0.2
            note = voice(2 * tone, round(beat * 1.9)) * level
            _add(figure, start + eighth * beat // 2, note, side=0.7 * (-1) ** eighth)
    return {"pad": pad, "bass": bass, "figure": figure, "drums": _drums(bars, beat, song)}


def _add(into: Samples, start: int, sound: NDArray[np.float64], side: float = 0.0) -> None:
    """Mix in a mono sound; what goes past the end comes in again at the beginning."""
    places = np.arange(start, start + len(sound)) % len(into)
    angle = (side + 1) * np.pi / 4
    into[places, 0] += (sound * np.cos(angle)).astype(np.float32)
    into[places, 1] += (sound * np.sin(angle)).astype(np.float32)


def _moments(frames: int) -> NDArray[np.float64]:
    return np.arange(frames) / RATE


def _pad(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    swell = np.minimum(1, np.minimum(at / 0.4, (at[-1] - at) / 0.4 + 1e-4))
    beating = sum(
        np.sin(2 * np.pi * tone * part * (1 + detune) * at) / part**1.6
        for part in (1, 2, 3, 5)
        for detune in (-0.0012, 0.0014)
    )
    return np.asarray(swell * beating * (1 + 0.12 * np.sin(2 * np.pi * 0.7 * at)) / 2)


def _bass(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    body = np.sin(2 * np.pi * tone * at) + 0.35 * np.sin(4 * np.pi * tone * at)
    return np.asarray(body * np.exp(-2.4 * at) * np.minimum(1, at / 0.006) * _release(at))


def _bell(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    ring = 1.8 * np.exp(-3.5 * at) * np.sin(2 * np.pi * tone * 3.01 * at)
    return np.asarray(np.sin(2 * np.pi * tone * at + ring) * np.exp(-2.6 * at) * _release(at))


def _pluck(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    strings = sum(
        np.sin(2 * np.pi * tone * part * at) * np.exp(-(2.5 + 1.6 * part) * at) / part
        for part in range(1, 8)
    )
    return np.asarray(strings * np.minimum(1, at / 0.002) * _release(at))


def _organ(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    drawbars = sum(
        level * np.sin(2 * np.pi * tone / 2 * part * at)
        for part, level in ((1, 0.7), (2, 1.0), (3, 0.45), (4, 0.5), (6, 0.2), (8, 0.15))
    )
    wheel = 1 + 0.15 * np.sin(2 * np.pi * 6.2 * at)
    return np.asarray(0.45 * drawbars * wheel * np.minimum(1, at / 0.01) * np.exp(-1.5 * at))


def _glass(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    wander = 0.9 * np.exp(-1.2 * at) * np.sin(2 * np.pi * tone * at)
    voice = np.sin(2 * np.pi * tone * at + wander) + 0.3 * np.sin(2 * np.pi * tone * 2.005 * at)
    return np.asarray(0.8 * voice * np.exp(-2.1 * at) * np.minimum(1, at / 0.02) * _release(at))


def _saw(tone: float, frames: int) -> NDArray[np.float64]:
    at = _moments(frames)
    bright = sum(
        np.sin(2 * np.pi * tone / 2 * part * at) / part * np.exp(-0.9 * part * at)
        for part in range(1, 12)
    )
    return np.asarray(0.8 * bright * np.minimum(1, at / 0.004) * np.exp(-1.8 * at) * _release(at))


def _release(at: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.minimum(1, (at[-1] - at) / 0.03))


_VOICES: dict[str, Callable[[float, int], NDArray[np.float64]]] = {
    "neon": _glass,
    "bells": _bell,
    "plucks": _pluck,
    "organ": _organ,
    "drive": _saw,
}


def _drums(bars: int, beat: int, song: DemoSong) -> Samples:
    out = np.zeros((bars * _BEATS * beat, 2), np.float32)
    chance = np.random.default_rng(song.bpm)
    at = _moments(beat)
    kick = np.sin(2 * np.pi * (48 * at + 22 * (1 - np.exp(-28 * at)) / 4)) * np.exp(-9 * at) * 0.8
    hiss = chance.standard_normal(beat)
    bright = np.diff(hiss, prepend=0.0)
    hat = bright * np.exp(-60 * at) * 0.10
    snare = (hiss * 0.16 + 0.3 * np.sin(2 * np.pi * 190 * at)) * np.exp(-17 * at)
    for number in range(bars * _BEATS):
        start = number * beat
        if number % 2 == 0 or song.style == "drive":
            _add(out, start, kick)
        if number % 2 == 1:
            _add(out, start, snare, side=0.1)
        _add(out, start + beat // 2, hat, side=0.4)
        if song.bpm > 100:  # noqa: PLR2004 - a faster song has a busier cymbal
            _add(out, start + beat // 4, hat * 0.5, side=-0.4)
    return out


def main() -> None:
    folder, most_s, wanted = Path(sys.argv[1]), float(sys.argv[2]), set(sys.argv[3:])
    for song in SONGS:
        if song.key not in wanted:
            continue
        path = folder / f"{song.key}.{song.kind}"
        if song.broken_at_s is None:
            write(path, render(song, most_s), RATE, song)
        else:
            write_broken(path, RATE, song)
        print(song.key, flush=True)  # noqa: T201 - read by whoever started this


if __name__ == "__main__":
    main()
