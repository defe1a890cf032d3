"""Write .env.example: every setting of every service, from the settings classes themselves.

python tools/generate_env_example.py [--check]
"""

import argparse
import importlib
import sys
from pathlib import Path

from pydantic_settings import BaseSettings

import backline
from backline.kit.settings import BacklineSettings, render

TARGET = Path(__file__).parents[1] / ".env.example"


def kinds() -> list[type[BaseSettings]]:
    """The box's own settings first, then those of each service, by its name."""
    found: list[type[BaseSettings]] = [BacklineSettings]
    for path in sorted(Path(backline.__path__[0]).glob("*/settings.py")):
        if path.parent.name != "kit":
            module = importlib.import_module(f"backline.{path.parent.name}.settings")
            found.append(module.Settings)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when stale")
    check = parser.parse_args().check
    text = render(kinds())
    present = TARGET.read_text("utf-8") if TARGET.exists() else ""
    if check:
        if text != present:
            print(f"{TARGET.name}: stale; run python tools/{Path(__file__).name}", file=sys.stderr)
        return 0 if text == present else 1
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
