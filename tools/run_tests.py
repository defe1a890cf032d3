"""Runs every test that this machine can run, and says what it could not and why.

    python tools/run_tests.py [python|web|browser]...

Ends with 1 if anything failed. With `CI` set, also if anything was skipped.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
MEMORY_BYTES = 6 * 1024**3
WORKERS = 3  # tests mostly wait for servers that they started
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Outcome:
    """How one group of tests went.

    Attributes:
        skipped: What could not run, and why.
    """

    passed: bool
    seconds: float
    skipped: list[str] = field(default_factory=list)


def run(*command: str) -> tuple[bool, float]:
    begun = time.monotonic()
    print("$", *command, flush=True)
    done = subprocess.run(command, cwd=ROOT, check=False)
    return done.returncode == 0, time.monotonic() - begun


def python() -> Outcome:
    with tempfile.TemporaryDirectory(prefix="bl-", dir=in_memory()) as folder:
        # PostgreSQL, which does not run as root, passes through.
        Path(folder).chmod(0o711)
        os.environ["TMPDIR"] = folder  # noqa: TID251 - of pytest, and all that it starts
        report = Path(folder) / "report.xml"
        # Whole files, because a file's tests share servers and boxes; in the order of `conftest`.
        together = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
        passed, seconds = run(
            sys.executable, "-m", "pytest", "-q", *together, f"--junit-xml={report}"
        )
        return Outcome(passed, seconds, skips(report))


def in_memory() -> Path | None:
    """Where files cost no disk, if there is enough of it: tests make hundreds of databases."""
    memory = Path("/dev/shm")  # noqa: S108 - what is made there is for its owner
    if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_BYTES:
        return memory
    return None


def skips(report: Path) -> list[str]:
    """What pytest skipped, with its reasons."""
    if not report.exists():
        return []
    return [
        f"{case.get('classname')}.{case.get('name')}: {skipped.get('message')}"
        for case in ET.parse(report).iter("testcase")  # noqa: S314 - written by our own pytest
        for skipped in case.iter("skipped")
    ]


def web() -> Outcome:
    return Outcome(*run("npm", "--prefix", "web", "test", "--silent"))


def browser() -> Outcome:
    if not any(map(shutil.which, BROWSERS)):
        return Outcome(
            passed=True, seconds=0, skipped=["browser tests: there is no Chromium on this machine"]
        )
    return Outcome(*run("npm", "--prefix", "web", "run", "test:browser", "--silent"))


GROUPS: dict[str, Callable[[], Outcome]] = {"python": python, "web": web, "browser": browser}


def main() -> int:
    names = sys.argv[1:] or list(GROUPS)
    if unknown := set(names) - set(GROUPS):
        print(f"There is no group {', '.join(sorted(unknown))}. There are: {', '.join(GROUPS)}.")
        return 2
    outcomes = {name: GROUPS[name]() for name in names}
    print()
    for name, outcome in outcomes.items():
        verdict = "passed" if outcome.passed else "FAILED"
        print(f"{name:8} {verdict} in {outcome.seconds:.0f} s")
        for reason in outcome.skipped:
            print(f"{'':8} could not run: {reason}")
    nothing_may_be_skipped = bool(os.environ.get("CI"))  # noqa: TID251 - set by every CI
    failed = [name for name, outcome in outcomes.items() if not outcome.passed]
    if nothing_may_be_skipped:
        failed += [name for name, outcome in outcomes.items() if outcome.skipped]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
