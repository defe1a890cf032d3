"""What a command does not need, it does not load: people wait for it."""

import subprocess
import sys

import pytest

DOORS = ("fastapi", "grpc", "uvicorn", "miniaudio", "numpy", "alembic")


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        ("backline.cli.app", (*DOORS, "sqlalchemy", "dishka", "google.protobuf")),
        ("backline.cli.people", (*DOORS, "sqlalchemy", "dishka", "google.protobuf")),
        ("backline.identity.wiring", DOORS),
    ],
)
def test_the_command_line_loads_no_doors(module: str, foreign: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*[m for m in {foreign!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []
