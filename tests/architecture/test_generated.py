"""The published language keeps its own rules."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_published_language_passes_buf() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "buf", "lint"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stdout + done.stderr
