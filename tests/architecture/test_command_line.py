"""What is promised about start-up cost: the command line loads nothing heavy before it must."""

import subprocess
import sys

HEAVY = ("numpy", "miniaudio", "soundfile", "PIL", "sqlalchemy", "fastapi", "grpc")


def test_the_command_line_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, backline.__main__; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert [name for name in HEAVY if name in loaded] == []
