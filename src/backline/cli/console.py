"""What people read, and what a command's end means."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from backline.kit.core.errors import BacklineError, Kind

_CANNOT_REACH = {Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED}


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    CANNOT_REACH = 3


def exit_code(error: BacklineError) -> Exit:
    return Exit.CANNOT_REACH if error.kind in _CANNOT_REACH else Exit.REFUSED


def say(line: str = "") -> None:
    """Print one line, at once."""
    print(line, flush=True)  # noqa: T201 - this is where the command line prints


def complain(line: str) -> None:
    """Print one line to standard error."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - as above


def say_json(value: object) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Print rows in aligned columns.

    Args:
        columns: Key in a row -> heading.
    """
    cells = [list(columns.values())]
    cells += [[_cell(row.get(key)) for key in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
