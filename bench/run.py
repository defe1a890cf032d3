"""Runs the benches, one after the other: `python bench/run.py [NAME]`.

Each script starts what it needs and prints its claims; see docs for what a claim line holds.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_BENCHES = {"run", "harness"}
SUPPORT = {"run.py", "harness.py", "outbox_parts.py", "servers.py"}


def main() -> int:
    scripts = sorted(path for path in HERE.glob("[a-z]*.py") if path.name not in SUPPORT)
    if wanted := sys.argv[1:]:
        scripts = [path for path in scripts if path.stem in wanted]
    if not scripts:
        print(f"There is no bench {' '.join(wanted)!r} in {HERE}.")
        return 2
    # The repository's own tools start the brokers.
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}  # noqa: TID251 - passed on
    codes = [
        subprocess.run(
            [sys.executable, str(path)], cwd=HERE.parent, env=environment, check=False
        ).returncode
        for path in scripts
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
