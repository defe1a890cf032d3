"""The decode process: what it finds, what it refuses and why, and every way in which it can end."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import soundfile
from PIL import Image

from backline.jukebox.analysis import process as analysis_process
from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.analysis.process import CRASHED, Findings, Interrupted, Refusal, analyse
from backline.jukebox.domain.causes import CauseCode
from backline.jukebox.domain.tracks import TEXT_LENGTH
from backline.kit.testing.eventually import eventually
from tests import audio
from tests.audio import FORMATS, picture, silence, song, tone, truncated, with_id3, write_silence

PLENTY = 10**12

Analyse = Callable[..., Awaitable[Findings]]


async def no_progress(fraction: float) -> None:
    pass


@pytest.fixture
def listen(tmp_path: Path) -> Analyse:
    """Analyse bytes, or a file, in a workspace of its own."""

    async def run(
        sound: bytes | Path, *, progress=no_progress, free: int = PLENTY, **changes: Any
    ) -> Findings:
        path = tmp_path / "sound" if isinstance(sound, bytes) else sound
        if isinstance(sound, bytes):
            path.write_bytes(sound)
        workspace = tmp_path / "workspace"
        workspace.mkdir()
        limits = replace(AnalysisLimits(), **changes)
        return await analyse(path, workspace, limits, progress=progress, free=free)

    return run


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of work for the decode process."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    write_silence(path, hours=0.4, rate=48_000, channels=2)
    return path


@pytest.mark.parametrize("extension", FORMATS)
async def test_every_format_is_listened_to_from_end_to_end(listen: Analyse, extension: str) -> None:
    found = await listen(FORMATS[extension](tone(5.0, frequency=1000, level_db=-20)))

    assert found.duration_s == pytest.approx(5.0, abs=0.001)
    assert found.loudness_lufs == pytest.approx(-20.0, abs=0.3)
    assert found.peak == pytest.approx(0.1, abs=0.02)
    assert found.gain_db == pytest.approx(4.0, abs=0.3)
    assert len(found.waveform) == 1000
    assert found.content_type.startswith("audio/")


@pytest.mark.parametrize("extension", ["ogg", "opus", "aiff"])
async def test_what_the_player_does_not_read_is_transcribed(
    listen: Analyse, extension: str
) -> None:
    found = await listen(song(extension, 2.0))

    assert found.transcript is not None
    assert soundfile.info(found.transcript).format == "FLAC"
    assert soundfile.info(found.transcript).duration == pytest.approx(2.0)


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac"])
async def test_what_the_player_reads_stays_as_it_is(listen: Analyse, extension: str) -> None:
    assert (await listen(song(extension))).transcript is None


async def test_a_wav_of_a_codec_unknown_to_the_player_is_transcribed(listen: Analyse) -> None:
    found = await listen(audio.wav(tone(2.0, rate=8000, channels=1), 8000, subtype="GSM610"))

    assert found.transcript is not None
    assert found.duration_s == pytest.approx(2.0, abs=0.1)


async def test_24_bits_stay_24_bits(listen: Analyse) -> None:
    found = await listen(audio.aiff(tone(1.0), subtype="PCM_24"))

    assert found.transcript is not None
    assert soundfile.info(found.transcript).subtype == "PCM_24"


async def test_mono_is_heard_from_both_speakers(listen: Analyse) -> None:
    found = await listen(audio.flac(tone(3.0, channels=1, frequency=1000, level_db=-10)))

    assert found.loudness_lufs == pytest.approx(-13.0, abs=0.1)
    assert found.gain_db == pytest.approx(-6.0, abs=0.1)


async def test_silence_is_a_track_too(listen: Analyse) -> None:
    found = await listen(audio.flac(silence(2.0)))

    assert found.loudness_lufs is None
    assert found.peak == 0.0
    assert found.gain_db == 0.0


async def test_progress_is_told_on_the_way(listen: Analyse, long_file: Path) -> None:
    told: list[float] = []

    async def note(fraction: float) -> None:
        told.append(fraction)

    await listen(long_file, progress=note)

    assert told
    assert told == sorted(told)
    assert all(0 < fraction <= 1 for fraction in told)


# Tags and covers


async def test_tags_are_read(listen: Analyse) -> None:
    tagged = with_id3(song("mp3"), title="Ночной автобус 🚌", artist="Björk", album="Late")

    found = await listen(tagged)

    assert (found.title, found.artist, found.album) == ("Ночной автобус 🚌", "Björk", "Late")


@pytest.mark.parametrize("extension", ["flac", "ogg", "opus"])
async def test_vorbis_comments_are_read(listen: Analyse, extension: str) -> None:
    found = await listen(FORMATS[extension](tone(1.0), title="Night Bus", artist="Ann"))

    assert (found.title, found.artist) == ("Night Bus", "Ann")


async def test_a_title_of_ten_thousand_characters_is_cut(listen: Analyse) -> None:
    found = await listen(with_id3(song("mp3"), title="long " * 2000))

    assert len(found.title) == TEXT_LENGTH
    assert found.title.endswith("…")


async def test_control_and_direction_characters_are_stripped(listen: Analyse) -> None:
    title = "\u202eexe.gnos\u2066 \x07<b>bold</b>\x1b[31m\nline\u200b"

    found = await listen(with_id3(song("mp3"), title=title))

    assert found.title == "exe.gnos <b>bold</b>[31m line"


async def test_the_cover_is_made_anew_in_two_sizes(listen: Analyse) -> None:
    found = await listen(with_id3(song("mp3"), cover=picture(900, 600, "JPEG")))

    sizes = {}
    for side, path in found.covers.items():
        with Image.open(path) as image:
            sizes[side] = (image.format, image.size)
    assert sizes == {96: ("WEBP", (96, 64)), 512: ("WEBP", (512, 341))}


async def test_the_cover_of_a_flac_file_is_found(listen: Analyse) -> None:
    found = await listen(audio.with_flac_picture(song("flac"), picture(200, 200)))

    assert sorted(found.covers) == [96, 512]


@pytest.mark.parametrize(
    "cover",
    [
        pytest.param(b"<svg onload=alert(1)>", id="not a picture"),
        pytest.param(picture(300, 300)[:200], id="cut off"),
        pytest.param(b"GIF89a", id="only a beginning"),
    ],
)
async def test_a_strange_cover_is_left_out(listen: Analyse, cover: bytes) -> None:
    found = await listen(with_id3(song("mp3"), title="Night Bus", cover=cover))

    assert found.covers == {}
    assert found.title == "Night Bus"


async def test_a_cover_of_too_many_pixels_is_left_out(listen: Analyse) -> None:
    found = await listen(with_id3(song("mp3"), cover=picture(6000, 5000)))

    assert found.covers == {}


# What is refused


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "aiff"])
async def test_a_file_that_stops_half_way_is_refused(listen: Analyse, extension: str) -> None:
    half = truncated(FORMATS[extension](audio.noise(8.0)), 0.5)

    with pytest.raises(Refusal, match=r"^The file stops after 0:0[34] of 0:08\.") as refused:
        await listen(half)

    cause = refused.value.cause
    assert cause.code is CauseCode.CUT_SHORT
    assert cause.metadata["stops_s"] in {"3", "4"}
    assert cause.metadata["length_s"] == "8"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(song("flac")[:18] + bytes(3) + song("flac")[21:], id="a sample rate of 0"),
        pytest.param(b"<!doctype html><title>Song</title>" + b" " * 5000, id="html"),
        pytest.param(b"PK\x03\x04" + b"\0" * 5000, id="zip"),
        pytest.param(b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/ssrf.ts\n", id="playlist"),
        pytest.param(b"ffconcat version 1.0\nfile '/etc/passwd'\n", id="concat script"),
        pytest.param(b"\xff\xfb\x90\x64" + b"<script>" * 1000, id="one mp3 frame, then html"),
        pytest.param(b"fLaC" + b"\0" * 5000, id="a magic number, then nothing"),
        pytest.param(b"OggS" + os.urandom(5000), id="a magic number, then noise"),
        pytest.param(b"RIFF\xff\xff\xff\xffWAVE" + os.urandom(5000), id="wav, then noise"),
        pytest.param(b"FORM\0\0\0\0AIFF" + os.urandom(5000), id="aiff, then noise"),
        pytest.param(b"ID3\x04\0\0\0\0\0\0" + os.urandom(5000), id="a tag, then noise"),
    ],
)
async def test_what_is_not_sound_is_refused(listen: Analyse, data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        await listen(data)

    assert refused.value.cause.code in {
        CauseCode.NOT_A_SOUND_FILE,
        CauseCode.NO_SOUND,
        CauseCode.CUT_SHORT,
        CauseCode.DAMAGED,
    }


async def test_a_lying_wav_header_is_found_out(listen: Analyse) -> None:
    with pytest.raises(Refusal, match=r"^The file stops after 0:00 of 6:12:49\."):
        await listen(audio.lying_wav())


@pytest.mark.parametrize("size", [0x7FFFF000, 0xFFFFFFFF])
async def test_a_wav_of_unknown_length_is_taken_as_it_is(listen: Analyse, size: int) -> None:
    data = bytearray(audio.wav(tone(2.0)))
    at = data.index(b"data") + 4
    data[at : at + 4] = size.to_bytes(4, "little")

    assert (await listen(bytes(data))).duration_s == pytest.approx(2.0, abs=0.01)


async def test_a_very_short_file_that_is_cut_off_is_told_so(listen: Analyse) -> None:
    with pytest.raises(Refusal, match=r"^The file stops before its end\."):
        await listen(truncated(audio.wav(tone(0.9)), 0.3))


async def test_no_sound_at_all_is_refused(listen: Analyse) -> None:
    with pytest.raises(Refusal, match="no sound"):
        await listen(audio.wav(silence(0)))


async def test_too_many_channels_are_refused(listen: Analyse) -> None:
    with pytest.raises(Refusal, match="12 channels; at most 8") as refused:
        await listen(audio.wav(tone(0.5, channels=12)))

    assert refused.value.cause.code is CauseCode.TOO_MANY_CHANNELS
    assert refused.value.cause.metadata == {"channels": "12", "most": "8"}


async def test_too_high_a_sample_rate_is_refused(listen: Analyse) -> None:
    with pytest.raises(Refusal, match="384000 Hz"):
        await listen(audio.wav(tone(0.5, rate=384_000), 384_000))


# Bombs: small files that unpack to gigabytes.


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("FLAC", "PCM_16"),
        ("MP3", "MPEG_LAYER_III"),
        ("OGG", "OPUS"),
        ("OGG", "VORBIS"),
        ("WAV", "PCM_16"),
    ],
)
async def test_too_long_is_too_long_in_every_format(
    listen: Analyse, tmp_path: Path, kind: str, subtype: str
) -> None:
    write_silence(tmp_path / "bomb", hours=0.1, rate=8_000, kind=kind, subtype=subtype)

    with pytest.raises(Refusal, match=r"^It unpacks to more than 5:00\.$"):
        await listen(tmp_path / "bomb", duration_s=300)


async def test_many_fast_channels_are_refused_by_their_samples(
    listen: Analyse, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb"
    write_silence(bomb, hours=1 / 30, rate=192_000, channels=2, subtype="PCM_24")

    with pytest.raises(Refusal, match=r"^It unpacks to more than 0:52 at its sample rate"):
        await listen(bomb, samples=20_000_000)


async def test_a_picture_that_unpacks_to_gigabytes_is_left_out(listen: Analyse) -> None:
    bomb = picture(12_000, 12_000)

    found = await listen(with_id3(song("mp3"), cover=bomb))

    assert found.covers == {}


async def test_too_little_memory_is_a_refusal_and_no_crash(listen: Analyse) -> None:
    with pytest.raises(Refusal):
        await listen(song(), memory=64 * 1024**2)


async def test_too_much_processor_time_is_a_refusal(listen: Analyse, long_file: Path) -> None:

    with pytest.raises(Refusal, match="takes too long"):
        await listen(long_file, cpu_s=1)


async def test_too_much_time_on_the_clock_is_a_refusal(listen: Analyse) -> None:
    with pytest.raises(Refusal, match="takes too long"):
        await listen(song(), wall_s=0.01)


async def test_a_transcript_stops_at_the_disk_that_is_left(listen: Analyse) -> None:
    with pytest.raises(Refusal):
        await listen(audio.aiff(audio.noise(10.0)), free=100_000)


# Ways to end


async def test_being_killed_from_outside_is_not_the_files_fault(
    listen: Analyse, long_file: Path
) -> None:

    async def kill_it(fraction: float) -> None:
        for child in psutil.Process().children():
            if "backline.jukebox.analysis.child" in child.cmdline():
                child.kill()

    with pytest.raises(Interrupted):
        await listen(long_file, progress=kill_it)


async def test_a_crash_of_the_decoder_is_the_files_fault(listen: Analyse, long_file: Path) -> None:

    async def crash_it(fraction: float) -> None:
        for child in psutil.Process().children():
            if "backline.jukebox.analysis.child" in child.cmdline():
                child.send_signal(11)

    with pytest.raises(Refusal) as refused:
        await listen(long_file, progress=crash_it)

    assert refused.value.cause == CRASHED


async def test_a_cancelled_analysis_kills_its_process(
    listen: Analyse, long_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = analysis_process._start

    def remember(*args: Any) -> subprocess.Popen[bytes]:
        started.append(start(*args))
        return started[-1]

    monkeypatch.setattr(analysis_process, "_start", remember)
    running = asyncio.ensure_future(listen(long_file))
    await eventually(lambda: started)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert [process.returncode for process in started] == [-9]


_CONFINED = """
import ctypes, socket, sys
from backline.jukebox.analysis import child
from backline.jukebox.analysis.limits import AnalysisLimits

child._confine(AnalysisLimits())
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
except OSError:
    print("alone")
else:
    print("connected")
    libc = ctypes.CDLL(None)
    may = libc.unshare(0x40000000) == 0 or libc.unshare(0x50000000) == 0
    print("might be alone" if may else "this kernel lets nobody be alone")
"""


async def test_it_has_no_network_where_the_kernel_allows() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CONFINED, str(port), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    server.close()

    assert output.decode().split("\n")[:-1] in (
        ["alone"],
        ["connected", "this kernel lets nobody be alone"],
    )


_PARENT = """
import asyncio, os, sys, tempfile
from pathlib import Path
from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.analysis.process import analyse

async def main() -> None:
    async def die(fraction: float) -> None:
        os.kill(os.getpid(), 9)
    await analyse(
        Path(sys.argv[1]), Path(sys.argv[2]), AnalysisLimits(), progress=die, free=10**12
    )

asyncio.run(main())
"""


async def test_it_dies_with_the_worker(long_file: Path, tmp_path: Path) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, str(long_file), str(tmp_path)
    )
    seen: list[psutil.Process] = []

    def begun() -> bool:
        with suppress(psutil.NoSuchProcess):
            seen.extend(psutil.Process(worker.pid).children())
        return bool(seen) and worker.returncode is not None

    await eventually(begun)

    assert worker.returncode == -9
    await eventually(lambda: not any(child.is_running() for child in seen))
