"""`backline status`, `down`, `logs`: what a running box says about itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from backline.cli.box import Box
from backline.cli.console import say, say_json, say_table
from backline.kit.core.errors import NotFound, PermissionDenied, Unavailable

STOPS_WITHIN_S = 15.0
_COLUMNS = {
    "name": "process",
    "pid": "pid",
    "state": "state",
    "restarts": "restarts",
    "reason": "",
}


class NotRunning(Unavailable):
    """Nobody runs this data directory."""


class DoesNotStop(Unavailable):
    """The box was told to stop, and still runs."""


class NotYours(PermissionDenied):
    """The box belongs to another user."""


class NoSuchLog(NotFound):
    """No process of that name has written a log."""


def running(box: Box) -> dict[str, Any]:
    """What the running box says about itself.

    Raises:
        NotRunning: Nobody runs this data directory.
    """
    content = box.state.read()
    if content is None:
        raise NotRunning(f"Nothing runs on {box.data}. Start it with: backline up")
    return content


def show(box: Box, *, as_json: bool) -> None:
    """Print the state of every process."""
    content = running(box)
    if as_json:
        say_json(content)
        return
    say(f"{content.get('url', 'Starting')}  (process {content.get('pid')}, data in {box.data})")
    say_table(content.get("processes", []), _COLUMNS)


def down(box: Box) -> None:
    """Stop the box and wait until it has.

    Raises:
        NotRunning: Nobody runs this data directory.
        NotYours: It belongs to another user.
        DoesNotStop: It still runs after a while.
    """
    pid = int(running(box).get("pid", 0))
    if not pid:
        raise NotRunning(f"The box on {box.data} is only just starting. Try again.")
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise NotYours(f"Process {pid} belongs to another user. Stop it as that user.") from error
    end = time.monotonic() + STOPS_WITHIN_S
    while box.state.read() is not None:
        if time.monotonic() > end:
            raise DoesNotStop(
                f"Process {pid} still runs after {STOPS_WITHIN_S:.0f} s. See its log."
            )
        time.sleep(0.05)
    say("Backline has stopped.")


def logs(box: Box, name: str, *, lines: int, follow: bool) -> None:
    """Print the last lines of one log, or of all, and those that come if `follow`."""
    paths = sorted(box.logs.glob("*.log" if name == "all" else f"{name}.log"))
    if not paths:
        known = ", ".join(sorted(path.stem for path in box.logs.glob("*.log"))) or "none yet"
        raise NoSuchLog(f"There is no log of {name!r}. There are: {known}.")
    width = max(len(path.stem) for path in paths)
    ends = {path: _print_last(path, lines, width) for path in paths}
    while follow:
        time.sleep(0.3)
        for path in paths:
            ends[path] = _print_from(path, ends[path], width)


def _print_last(path: Path, count: int, width: int) -> int:
    content = path.read_text(errors="replace").splitlines()
    for line in content[-count:]:
        say(f"{path.stem:<{width}} | {line}")
    return path.stat().st_size


def _print_from(path: Path, offset: int, width: int) -> int:
    """Print what was added after `offset`; a rotated file begins anew."""
    if path.stat().st_size < offset:
        offset = 0
    with path.open(errors="replace") as file:
        file.seek(offset)
        for line in file.read().splitlines():
            say(f"{path.stem:<{width}} | {line}")
        return file.tell()
