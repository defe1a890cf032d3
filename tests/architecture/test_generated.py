"""What is generated and committed is fresh."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", ["generate_protos.py", "generate_env_example.py"])
def test_the_committed_output_is_what_the_tool_writes(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / tool, "--check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr


def test_the_published_language_passes_buf() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "buf", "lint"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stdout + done.stderr
