"""[long_list] Scrolling and reordering 500 rows, against the same rows drawn all at once.

A real Chromium opens the built web app with a queue of 500 songs from a fake feed, scrolls it,
jumps in it, and takes 20 changes that bring a song from the end to the front, each with every
time of starting between them. What counts is the longest task of the page's main thread, read
from the browser's own trace: a task over 50 ms is one that people feel. The reference draws the
same rows without a window onto them and without memory, in the same browser, in turns with ours.
It needs a Chromium and the built web app; the machine should be idle.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from statistics import median

from harness import ROUNDS, claim, run, skipped

ROOT = Path(__file__).parent.parent
NODE = Path(sys.executable).parent / "node"
SCRIPT = ROOT / "web/browser/long-list-bench.ts"
LONGEST_MS = 50.0
NO_CHROMIUM = "There is no Chromium"


async def main() -> bool:
    before = os.getloadavg()[0]
    process = await asyncio.create_subprocess_exec(
        NODE,
        SCRIPT,
        str(ROUNDS),
        cwd=ROOT / "web",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate()
    if process.returncode != 0:
        if NO_CHROMIUM in complaint.decode():
            skipped("long_list.longest_task_ms", "there is no Chromium here")
            return True
        raise SystemExit(complaint.decode())
    measured = json.loads(out.splitlines()[-1])
    worst = {
        whose: [max(round_.values()) for round_ in rounds] for whose, rounds in measured.items()
    }
    for what in ("scroll", "jump", "reorder"):
        ours, plain = (
            median(round_[what] for round_ in measured[whose]) for whose in ("ours", "reference")
        )
        print(f"long_list {what}: longest task {ours:.0f} ms, drawn all at once {plain:.0f} ms")
    note = f"load {before:.1f} to {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    held = [
        claim(
            "long_list.longest_task_ms",
            ours=worst["ours"],
            reference=[LONGEST_MS],
            unit="ms",
            goal="<=1.0",
            note=note,
        ),
        claim(
            "long_list.against_all_at_once",
            ours=worst["ours"],
            reference=worst["reference"],
            unit="ms",
            goal="<=0.5",
            note=note,
        ),
    ]
    return all(held)


if __name__ == "__main__":
    run(main)
