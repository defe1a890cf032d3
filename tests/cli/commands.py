"""Commands as processes of their own, forked from one that has imported what they need.

As the box does it: a start costs a fork, not a second of importing.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backline.__main__ import main
from backline.cli.children import IMPORTED_ONCE
from backline.cli.registry import SERVICES

_ENDS_WITHIN_S = 60
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        __name__,
        "backline.cli.app",
        "backline.cli.people",
        *(f"{entry.package}.wiring" for entry in SERVICES if not entry.alone),
        *IMPORTED_ONCE,
    ]
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it has printed."""

    returncode: int | None
    stdout: str
    stderr: str


def backline(*arguments: str, **settings: str) -> Done:
    """Run a command to its end, with nothing in its environment but `settings`."""
    with tempfile.TemporaryDirectory() as folder:
        printed = [Path(folder) / name for name in ("stdout", "stderr")]
        process = _forks.Process(target=_run, args=(arguments, settings, printed))
        process.start()
        process.join(_ENDS_WITHIN_S)
        process.kill()
        process.join()
        return Done(process.exitcode, *(path.read_text() for path in printed))


def _run(arguments: Sequence[str], settings: Mapping[str, str], printed: Sequence[Path]) -> None:
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "100", **settings}
    os.environ.clear()  # noqa: TID251 - as a shell does
    os.environ.update(environment)  # noqa: TID251
    for descriptor, path in enumerate(printed, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.argv = ["backline", *arguments]
    main()
