"""What the tree promises about itself."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 400


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_passes_the_limit_of_lines() -> None:
    sources = tracked("src/*.py", "web/src/*.ts", "web/src/*.tsx")
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources
        if "/api/" not in path.as_posix() and (count := len(path.read_text().splitlines())) > LIMIT
    }

    assert long == {}


def test_every_dependency_has_its_reason_beside_it() -> None:
    listed = re.findall(
        r'^  "([A-Za-z0-9._\[\]-]+)",(.*)$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert [name for name, reason in listed if name in declared and "#" not in reason] == []


def test_the_tree_names_no_machine() -> None:
    home, work = "/" + "root/", "/" + "work/"
    named = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix not in {".lock", ".png", ".woff2", ".ico"}
        and any(word in path.read_text(errors="ignore") for word in (home, work))
    ]

    assert named == []


@pytest.mark.parametrize(
    "tool", [path.name for path in sorted((ROOT / "tools").glob("generate_*.py"))]
)
def test_what_is_generated_is_fresh(tool: str) -> None:
    checked = subprocess.run(
        [sys.executable, f"tools/{tool}", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, f"run tools/{tool}\n{checked.stdout}{checked.stderr}"
