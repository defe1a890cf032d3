"""[paint] A vote in one browser, painted in another, against a page that asks every second.

Two Chromiums on a real box: one person presses *Vote*, and the time runs from that press until
after the frame in which the other's page shows it (`performance.timeOrigin + performance.now()`,
one machine, one clock). The reference is the usual way, in the same minutes and the same room: a
third page that asks `GET /queue` every second and writes down what it says. It needs a Chromium
and the built web app; the machine should be idle.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from statistics import median

from harness import claim, percentile, run, skipped

ROOT = Path(__file__).parent.parent
NODE = Path(sys.executable).parent / "node"
SCRIPT = ROOT / "web/browser/paint.ts"
CHANGES = 210
POLLED = 45
GOAL_MS = 100.0
NO_CHROMIUM = "There is no Chromium"


async def main() -> bool:
    before = os.getloadavg()[0]
    process = await asyncio.create_subprocess_exec(
        NODE,
        SCRIPT,
        str(CHANGES),
        str(POLLED),
        cwd=ROOT / "web",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaint = await process.communicate()
    if process.returncode != 0:
        if NO_CHROMIUM in complaint.decode():
            skipped("paint.median_ms", "there is no Chromium here")
            return True
        raise SystemExit(complaint.decode())
    measured = json.loads(out.splitlines()[-1])
    ours = [time for round_ in measured["ours"] for time in round_]
    reference = [time for round_ in measured["reference"] for time in round_]
    after = os.getloadavg()[0]
    cores = os.cpu_count()
    print(
        f"paint: {len(ours)} votes pushed: median {median(ours):.0f} ms,"
        f" p99 {percentile(ours, 0.99):.0f} ms; {len(reference)} polled: median"
        f" {median(reference):.0f} ms, p99 {percentile(reference, 0.99):.0f} ms;"
        f" load {before:.1f} to {after:.1f} on {cores} cores",
    )
    note = f"load {before:.1f} to {after:.1f} on {cores} cores"
    held = [
        claim(
            "paint.median_ms",
            ours=[median(round_) for round_ in measured["ours"]],
            reference=[GOAL_MS],
            unit="ms",
            goal="<=1.0",
            note=note,
        ),
        claim(
            "paint.median_against_polling",
            ours=[median(round_) for round_ in measured["ours"]],
            reference=[median(round_) for round_ in measured["reference"]],
            unit="ms",
            goal="<=0.5",
            note=note,
        ),
        claim(
            "paint.p99_against_polling",
            ours=[percentile(round_, 0.99) for round_ in measured["ours"]],
            reference=[percentile(round_, 0.99) for round_ in measured["reference"]],
            unit="ms",
            goal="<=1.0",
            note=note,
        ),
    ]
    return all(held)


if __name__ == "__main__":
    run(main)
