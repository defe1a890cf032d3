"""The output of the programs: whole into files, the few lines that matter onto the terminal."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_BYTES = 5 * 1024 * 1024
FILES_KEPT = 3
LAST_LINES = 8

_LOUD = {"warning": "warning", "error": "error", "critical": "error", "exception": "error"}
_NOT_SHOWN = {
    *("timestamp", "level", "logger", "event", "service"),
    *("trace_id", "user", "exception", "stack"),
}


class ProgramLog:
    """The log file of one program, with rotation, and its last lines for when it dies."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self._say = say
        self._handler = RotatingFileHandler(
            path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )

    def write(self, line: str) -> None:
        self.last.append(line)
        self._handler.emit(logging.LogRecord("", logging.INFO, "", 0, line, None, None))
        if (short := _short(line)) is not None:
            self._say(short)

    def close(self) -> None:
        self._handler.close()


def _short(line: str) -> str | None:
    """The line for the terminal, if it is a warning or worse in our own JSON form."""
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    level = _LOUD.get(str(entry.get("level", "")).lower())
    if level is None:
        return None
    details = (f"{key}={value}" for key, value in entry.items() if key not in _NOT_SHOWN)
    return " ".join([f"{level}: {entry.get('event', '')}", *details])
