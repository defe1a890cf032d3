"""Runs the decode process and explains every way in which it can end."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

import structlog

from backline.jukebox.analysis.limits import AnalysisLimits
from backline.jukebox.domain.causes import Cause, CauseCode
from backline.jukebox.domain.formats import Format

Progress = Callable[[float], Awaitable[None]]

log = structlog.get_logger()

_LONGEST_LINE = 64 * 1024
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # each of its threads would reserve megabytes of address space
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "LANG": "C.UTF-8",
}
TOO_SLOW = Cause(CauseCode.TOO_SLOW, "It takes too long to unpack for a sound file of its size.")
_ENDINGS = {
    signal.SIGXCPU: TOO_SLOW,
    signal.SIGXFSZ: Cause(CauseCode.TOO_LARGE, "It unpacks to more than this room can store."),
}
CRASHED = Cause(CauseCode.DAMAGED, "Our decoder gave up on this file. It seems to be damaged.")


class Refusal(Exception):
    """The file will not be played. `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.detail)
        self.cause = cause


class Interrupted(Exception):
    """The process ended for a reason that lies in the machine and not in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the decode process found; files that it wrote lie in its workspace."""

    title: str
    artist: str
    album: str
    content_type: str
    duration_s: float
    loudness_lufs: float | None
    peak: float
    gain_db: float
    waveform: bytes
    transcript: Path | None
    covers: dict[int, Path]


async def analyse(
    path: Path, workspace: Path, limits: AnalysisLimits, *, progress: Progress, free: int
) -> Findings:
    """Listen to the file at `path` in a process of its own.

    Args:
        workspace: An empty directory; the process writes nowhere else.
        progress: Told how much is done, between 0 and 1.
        free: Bytes that the disk can spare.

    Raises:
        Refusal: The file is to blame.
        Interrupted: The machine is; the same file may be tried again.
    """
    bounded = replace(limits, written=max(0, min(limits.written, free)))
    request = {
        "path": str(path),
        "workspace": str(workspace),
        "limits": asdict(bounded),
        "parent": os.getpid(),
    }
    try:
        process = _start(request, workspace)
    except OSError as error:
        raise Interrupted(f"the decode process could not be started: {error}") from error
    try:
        async with asyncio.timeout(limits.wall_s):
            told = await _hear(process, progress)
            code = await asyncio.to_thread(process.wait)
    except TimeoutError:
        raise Refusal(TOO_SLOW) from None
    finally:
        await _kill(process)
    return _explain(told, code, workspace)


def _start(request: dict[str, Any], workspace: Path) -> subprocess.Popen[bytes]:
    """Start the process, from the thread that it dies with.

    By `subprocess`, which forks without running fork handlers (vfork). The event loop's own way
    (libuv) runs those of all libraries, and gRPC's can crash the new process before it begins.
    """
    with (workspace / "stderr").open("wb") as errors:
        return subprocess.Popen(  # noqa: S603 - our own module, and its arguments are no shell's
            [
                *(sys.executable, "-I", "-B", "-m", "backline.jukebox.analysis.child"),
                json.dumps(request),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=workspace,
            env=_ENVIRONMENT,
            start_new_session=True,
        )


@dataclass(slots=True)
class _Told:
    """What the process said. `begun` is false while the file cannot be to blame for anything."""

    begun: bool = False
    answer: dict[str, Any] = field(default_factory=dict)


async def _hear(process: subprocess.Popen[bytes], progress: Progress) -> _Told:
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), process.stdout
    )
    told = _Told()
    try:
        with suppress(ValueError):  # too long or not JSON: the process is not itself any more
            while line := await lines.readline():
                message = json.loads(line)
                if "progress" not in message:
                    told.answer = message
                elif told.begun:
                    await progress(float(message["progress"]))
                told.begun = True
    finally:
        pipe.close()
    return told


async def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it may have started. Waits even if the caller is cancelled."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(asyncio.to_thread(process.wait))


def _explain(told: _Told, code: int, workspace: Path) -> Findings:
    answer = told.answer
    if code == 0 and "refused" in answer:
        raise Refusal(_cause(answer["refused"]))
    if code == 0 and "found" in answer:
        return _findings(answer["found"], workspace)
    if code == -signal.SIGKILL:
        raise Interrupted("the decode process was killed from outside")
    errors = (workspace / "stderr").read_bytes()[-2000:].decode(errors="replace")
    log.warning("decode_process_failed", exit_code=code, stderr=errors)
    if not told.begun:
        raise Interrupted("the decode process could not get ready")
    raise Refusal(_ENDINGS.get(signal.Signals(-code), CRASHED) if code < 0 else CRASHED)


def _cause(refused: dict[str, Any]) -> Cause:
    """As trustworthy as the file, too."""
    try:
        metadata = {str(name): str(value) for name, value in refused["metadata"].items()}
        return Cause(CauseCode(refused["code"]), str(refused["detail"]), metadata)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("decode_process_spoke_nonsense", error=repr(error))
        return CRASHED


def _findings(found: dict[str, Any], workspace: Path) -> Findings:
    """Its answer is as trustworthy as the file: paths outside its workspace are not followed."""

    def inside(name: str) -> Path:
        return workspace / Path(name).name

    try:
        loudness, transcript = found["loudness_lufs"], found["transcript"]
        return Findings(
            title=str(found["title"]),
            artist=str(found["artist"]),
            album=str(found["album"]),
            content_type=Format(found["content_type"]).value,
            duration_s=_finite(found["duration_s"]),
            loudness_lufs=None if loudness is None else _finite(loudness),
            peak=_finite(found["peak"]),
            gain_db=_finite(found["gain_db"]),
            waveform=base64.b64decode(found["waveform"]),
            transcript=None if transcript is None else inside(transcript),
            covers={int(size): inside(path) for size, path in found["covers"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("decode_process_spoke_nonsense", error=repr(error))
        raise Refusal(CRASHED) from error


def _finite(number: object) -> float:
    if isinstance(number, (int, float)) and isfinite(number):
        return float(number)
    raise ValueError(f"not a number: {number!r}")
