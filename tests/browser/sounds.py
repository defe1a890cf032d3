"""Makes the sound files that browser tests upload.

`python -m tests.browser.sounds FOLDER` reads a list from standard input, as JSON:
`[{"file": "demo.flac", "title": "Demo", "artist": "Ann", "seconds": 3}]`.
The ending of the name is the format (mp3, flac, ogg, wav). Every file gets a melody of its own, so
that no two are the same.
"""

import json
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np

from tests.audio import RATE, Samples, flac, mp3, ogg, truncated, wav, with_id3


class Wanted(TypedDict):
    """One file; `broken` cuts it off in the middle."""

    file: str
    title: str
    artist: str
    seconds: float
    broken: bool


def melody(seconds: float, seed: int) -> Samples:
    """Notes with a beat and swells, no louder than half of full scale; shape (frames, 1)."""
    chance = np.random.default_rng(seed)
    moments = np.arange(round(seconds * RATE)) / RATE
    notes = chance.choice([220.0, 246.9, 293.7, 329.6, 392.0], size=int(seconds * 2) + 2)
    pitch = np.repeat(notes, RATE // 2)[: len(moments)]
    swell = 0.1 + 0.4 * np.abs(np.sin(2 * np.pi * moments / max(seconds, 1) * (1 + seed % 4)))
    beat = 0.6 + 0.4 * np.exp(-6 * ((moments * 2) % 1))
    sound = swell * beat * np.sin(2 * np.pi * pitch * moments)
    return sound[:, None].astype(np.float32)


def make(wanted: Wanted, seed: int) -> bytes:
    extension = wanted["file"].rpartition(".")[2]
    sound = melody(wanted["seconds"], seed)
    title, artist = wanted["title"], wanted["artist"]
    if extension == "mp3":
        data = with_id3(mp3(sound), title=title, artist=artist)
    elif extension == "flac":
        data = flac(sound, title=title, artist=artist)
    elif extension == "ogg":
        data = ogg(sound, title=title, artist=artist)
    else:
        data = wav(sound, title=title, artist=artist)
    return truncated(data, 0.5) if wanted.get("broken") else data


def main() -> None:
    folder = Path(sys.argv[1])
    for seed, wanted in enumerate(json.load(sys.stdin)):
        (folder / wanted["file"]).write_bytes(make(wanted, seed))


if __name__ == "__main__":
    main()
