"""The process that touches what strangers made: one file, hard limits, then it ends.

Started as `python -m backline.jukebox.analysis.child REQUEST` with the request in JSON:

    {"path": "<the stored file>", "workspace": "<a directory to write into>",
     "limits": {…}, "parent": <the process that started this one>}

It answers with lines of JSON on standard output: `{"progress": 0.0}` once it is confined and
about to open the file, then any number of these, and at the end either
`{"refused": {"code": …, "detail": …, "metadata": {…}}}` (a cause) or `{"found": {…}}` (see
`listen`). Any other end (a signal, an exit code) is for whoever started it to explain.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backline.jukebox.analysis.limits import LOWEST_RATE, AnalysisLimits
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.formats import HEAD_LENGTH, TAKEN, sniff

SHORTEST_S = 0.1
NOT_READABLE = Cause(
    CauseCode.NOT_A_SOUND_FILE, f"This is not a sound file we can read. Upload {TAKEN}."
)
_TOO_MUCH_MEMORY = Cause(
    CauseCode.TOO_MUCH_MEMORY, "It needs more memory to unpack than a sound file should."
)

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # <sched.h>
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # <sys/prctl.h>
_NICE = 10


class Refused(Exception):
    """The file will not be played. `cause` says why, to the person who uploaded it."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.detail)
        self.cause = cause


def main(request: dict[str, Any]) -> None:
    limits = AnalysisLimits(**request["limits"])
    _confine(limits)
    if os.getppid() != request["parent"]:
        return  # it died before this process had asked to die with it
    _say({"progress": 0.0})
    try:
        _say({"found": listen(Path(request["path"]), Path(request["workspace"]), limits)})
    except Refused as refusal:
        _say({"refused": asdict(refusal.cause)})
    except MemoryError:
        _say({"refused": asdict(_TOO_MUCH_MEMORY)})


def listen(path: Path, workspace: Path, limits: AnalysisLimits) -> dict[str, Any]:
    """Decode the whole file and tell what was found.

    Returns:
        title, artist, album, content_type, duration_s, loudness_lufs (None for silence), peak,
        gain_db, waveform (base64), transcript (a path, or None if the file plays as it is),
        covers (paths by size in pixels).

    Raises:
        Refused: It is no sound, not whole, or more than the limits allow.
    """
    # Only now, inside the limits: these load megabytes of native code and parse hostile input.
    from backline.jukebox.analysis.decoding import (  # noqa: PLC0415
        Undecodable,
        open_sound,
    )
    from backline.jukebox.analysis.measuring import Measurement, Transcript  # noqa: PLC0415
    from backline.jukebox.analysis.promises import promised_seconds  # noqa: PLC0415
    from backline.jukebox.analysis.tags import read_tags, write_covers  # noqa: PLC0415

    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_LENGTH))
        if kind is None:
            raise Refused(NOT_READABLE)
        promised = promised_seconds(file, kind)
    try:
        sound = open_sound(path, kind)
    except Undecodable:
        raise Refused(NOT_READABLE) from None
    _check_shape(sound.rate, sound.channels, limits)
    measurement = Measurement(sound.rate, sound.channels, limits)
    transcript = None if sound.playable else Transcript(workspace / "transcript.flac", sound)
    most_frames = min(int(limits.duration_s * sound.rate), limits.samples // sound.channels)
    progress = _Progress(sound.frames or int((promised or 0) * sound.rate))
    for block in sound.blocks:
        if measurement.frames + len(block) > most_frames:
            raise Refused(_too_long(most_frames / sound.rate, limits))
        measurement.add(block)
        if transcript is not None:
            transcript.add(block)
        progress.show(measurement.frames)
    if transcript is not None:
        transcript.close()
    duration = measurement.frames / sound.rate
    _check_whole(duration, promised)
    tags = read_tags(path, most_picture=limits.picture)
    covers = write_covers(tags.picture, workspace, most_pixels=limits.picture_pixels)
    return {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "content_type": kind.value,
        "duration_s": duration,
        **measurement.results(),
        "transcript": None if transcript is None else str(transcript.path),
        "covers": {str(size): str(cover) for size, cover in covers.items()},
    }


def _check_shape(rate: int, channels: int, limits: AnalysisLimits) -> None:
    if channels > limits.channels:
        detail = f"It has {channels} channels; at most {limits.channels} can be played."
        metadata = {"channels": str(channels), "most": str(limits.channels)}
        raise Refused(Cause(CauseCode.TOO_MANY_CHANNELS, detail, metadata))
    if not LOWEST_RATE <= rate <= limits.rate:
        detail = f"Its sample rate is {rate} Hz; {LOWEST_RATE} to {limits.rate} Hz can be played."
        bounds = {"least": str(LOWEST_RATE), "most": str(limits.rate)}
        raise Refused(Cause(CauseCode.SAMPLE_RATE, detail, {"rate": str(rate), **bounds}))


def _check_whole(duration: float, promised: float | None) -> None:
    if promised is not None and promised - duration > max(0.5, promised * 0.01):
        heard, said = _clock(duration), _clock(promised)
        if heard == said:
            detail = "The file stops before its end. Upload a complete copy of it."
            raise Refused(Cause(CauseCode.ENDS_EARLY, detail))
        detail = f"The file stops after {heard} of {said}. Upload a complete copy of it."
        lengths = {"stops_s": str(int(duration)), "length_s": str(int(promised))}
        raise Refused(Cause(CauseCode.CUT_SHORT, detail, lengths))
    if duration < SHORTEST_S:
        raise Refused(Cause(CauseCode.NO_SOUND, "There is no sound in this file."))


def _too_long(most_s: float, limits: AnalysisLimits) -> Cause:
    metadata = {"max_s": str(int(most_s))}
    if most_s < limits.duration_s:
        detail = (
            f"It unpacks to more than {_clock(most_s)} at its sample rate and number of channels,"
            " which is more sound than this room takes. Upload it in stereo at 48 kHz."
        )
        return Cause(CauseCode.TOO_MUCH_SOUND, detail, metadata)
    hours = limits.duration_s / 3600
    length = f"{hours:g} hours" if hours >= 1 else _clock(limits.duration_s)
    return Cause(CauseCode.TOO_LONG, f"It unpacks to more than {length}.", metadata)


def _clock(seconds: float) -> str:
    """`3:52`, or `6:12:49`."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@dataclass
class _Progress:
    """Tells now and then how far it has got."""

    frames: int
    _told: float = 0.0
    _told_at: float = 0.0

    def show(self, done: int) -> None:
        fraction = min(done / self.frames, 1.0) if self.frames else 0.0
        now = time.monotonic()
        if fraction - self._told >= 0.02 and now - self._told_at >= 0.25:  # noqa: PLR2004
            self._told, self._told_at = fraction, now
            _say({"progress": round(fraction, 3)})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _confine(limits: AnalysisLimits) -> None:
    """Bound what this process may use, and let it die with its parent."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # No network, where the kernel lets us: as root at once, else inside a user namespace.
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
    with suppress(OSError):
        os.nice(_NICE)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
