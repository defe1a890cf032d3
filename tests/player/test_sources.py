"""What files become: sound, or a plain reason why not."""

import os
import struct
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backline.kit.testing.eventually import eventually
from backline.player.domain import ErrorCode, Media
from backline.player.miniaudio.ring import SAMPLE_RATE
from backline.player.miniaudio.sources import Unplayable, decode
from backline.player.miniaudio.voice import Voice
from tests.player.sounds import tone, write

RATES = (48_000, 44_100, 24_000)


def read(path: Path, start: int = 0) -> Any:
    return np.concatenate([np.zeros((0, 2), np.float32), *decode(path, start)])


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".flac", ".ogg", ".opus", ".aiff"])
@pytest.mark.parametrize("rate", [48_000, 24_000])
def test_every_format_is_decoded_at_one_rate(tmp_path: Path, suffix: str, rate: int) -> None:
    path = write(tmp_path / f"tone{suffix}", tone(2.0, rate=rate), rate=rate)

    samples = read(path)

    assert len(samples) == pytest.approx(2 * SAMPLE_RATE, abs=0.06 * SAMPLE_RATE)
    middle = samples[SAMPLE_RATE // 2 : 3 * SAMPLE_RATE // 2, 0]
    loudest = np.abs(np.fft.rfft(middle)).argmax()
    assert loudest == pytest.approx(440, abs=1)  # one second: a bin is a hertz
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    ("suffix", "rate"),
    [
        *((suffix, rate) for suffix in (".wav", ".flac", ".ogg", ".aiff") for rate in RATES),
        (".opus", 48_000),
        (".opus", 24_000),
    ],
)
def test_a_start_counts_frames_of_the_rate_that_comes_out(
    tmp_path: Path, suffix: str, rate: int
) -> None:
    silence_then_tone = tone(2.0, rate=rate)
    silence_then_tone[:rate] = 0
    path = write(tmp_path / f"tone{suffix}", silence_then_tone, rate=rate)

    samples = read(path, start=SAMPLE_RATE - 4800)

    first = np.flatnonzero(np.abs(samples[:, 0]) > 0.1)[0]
    assert first == pytest.approx(4800, abs=300)


def test_the_first_block_is_not_lost(tmp_path: Path) -> None:
    samples = tone(0.5)
    path = write(tmp_path / "a.wav", samples)

    assert np.array_equal(read(path), samples)


def test_mono_sounds_on_both_sides(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(0.5)[:, :1])

    samples = read(path)

    assert np.array_equal(samples[:, 0], samples[:, 1])


def _bad_files(folder: Path) -> dict[str, Path]:
    rng = np.random.default_rng(1)
    good = write(folder / "good.flac", tone(1.0)).read_bytes()
    contents = {
        "empty.mp3": b"",
        "text.mp3": b"This is no music. " * 500,
        "noise.flac": rng.bytes(20_000),
        "header.flac": good[:60],
        "lie.wav": struct.pack("<4sI4s", b"RIFF", 2**32 - 1, b"WAVE"),
        "picture.png": b"\x89PNG\r\n\x1a\n" + rng.bytes(5000),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "pipe.wav")
    return {name: folder / name for name in contents} | {
        "pipe.wav": folder / "pipe.wav",
        "gone.mp3": folder / "gone.mp3",
        "folder": folder,
    }


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("gone.mp3", {ErrorCode.NOT_FOUND}),
        ("folder", {ErrorCode.NOT_FOUND}),
        ("pipe.wav", {ErrorCode.NOT_FOUND}),
        ("empty.mp3", {ErrorCode.CORRUPT}),
        ("text.mp3", {ErrorCode.UNSUPPORTED_FORMAT, ErrorCode.CORRUPT}),
        ("noise.flac", {ErrorCode.UNSUPPORTED_FORMAT, ErrorCode.CORRUPT}),
        ("header.flac", {ErrorCode.UNSUPPORTED_FORMAT, ErrorCode.CORRUPT}),
        ("lie.wav", {ErrorCode.UNSUPPORTED_FORMAT, ErrorCode.CORRUPT}),
        ("picture.png", {ErrorCode.UNSUPPORTED_FORMAT, ErrorCode.CORRUPT}),
    ],
)
async def test_what_is_no_music_says_so(tmp_path: Path, name: str, codes: set[ErrorCode]) -> None:
    voice = Voice(a_media(_bad_files(tmp_path)[name]), 0)

    await eventually(lambda: voice.ended)

    assert voice.error is not None
    assert voice.error.code in codes
    assert voice.error.message.endswith(".")


async def test_a_damaged_file_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", tone(4.0))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    voice = Voice(a_media(path, seconds=4), 0, ahead=5 * SAMPLE_RATE)
    await eventually(lambda: voice.ended)

    assert SAMPLE_RATE < voice.filled < 3 * SAMPLE_RATE
    assert voice.error is not None or voice.truncated


async def test_bytes_that_were_turned_over_break_nothing(tmp_path: Path) -> None:
    for suffix in (".flac", ".mp3", ".ogg"):
        path = write(tmp_path / f"a{suffix}", tone(2.0))
        content = bytearray(path.read_bytes())
        for at in range(2000, len(content), 997):
            content[at] ^= 0xFF
        path.write_bytes(content)

        voice = Voice(a_media(path), 0)
        await eventually(lambda voice=voice: voice.ended)  # type: ignore[misc]

        assert np.isfinite(voice.peek(voice.filled)).all()


@pytest.mark.parametrize("way", ["dots", "link", "outside"])
async def test_only_files_of_the_media_folder_are_opened(tmp_path: Path, way: str) -> None:
    root = tmp_path / "media"
    root.mkdir()
    secret = write(tmp_path / "secret.wav", tone(1.0))
    (root / "link.wav").symlink_to(secret)
    path = {"dots": root / ".." / "secret.wav", "link": root / "link.wav", "outside": secret}[way]

    voice = Voice(a_media(path), 0, root=root)
    await eventually(lambda: voice.ended)

    assert voice.error is not None
    assert voice.error.code is ErrorCode.NOT_FOUND
    assert not voice.filled


async def test_a_file_of_the_media_folder_is_opened(tmp_path: Path) -> None:
    voice = Voice(a_media(write(tmp_path / "a.wav", tone(1.0))), 0, root=tmp_path)
    await eventually(lambda: voice.ended)

    assert voice.error is None
    assert voice.filled == SAMPLE_RATE


async def test_a_url_is_refused_in_words(tmp_path: Path) -> None:
    media = Media(item_id="a", url="https://example.org/a.mp3", duration=timedelta(seconds=1))
    voice = Voice(media, 0)
    await eventually(lambda: voice.ended)

    assert voice.error is not None
    assert voice.error.code is ErrorCode.FETCH_FAILED


def test_an_unplayable_file_is_told_from_a_bug() -> None:
    with pytest.raises(Unplayable):
        read(Path("/nowhere/at/all.mp3"))


def a_media(path: Path, seconds: float = 1.0) -> Media:
    return Media(item_id="a", path=str(path), duration=timedelta(seconds=seconds))
