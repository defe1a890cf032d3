"""What every bench shares: rounds in turns, one claim line at the end, and a record of it.

A claim compares ours with a reference that ran beside it, in the same minutes, on the same
machine. The ratio is `ours / reference`; a goal is `>=0.7` or `<=1.5`.
"""

import asyncio
import json
import os
import platform
import resource
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import time
from typing import TypeVar

T = TypeVar("T")

ROUNDS = 3
RESULTS = Path(__file__).parent / "results.jsonl"


async def in_turns(
    ours: Callable[[], Awaitable[T]],
    reference: Callable[[], Awaitable[T]],
    *,
    rounds: int = ROUNDS,
) -> tuple[list[T], list[T]]:
    """Run both, alternately, and return what each round of each came to.

    The one that begins changes from round to round, so that neither always finds a warm machine.
    """
    results: tuple[list[T], list[T]] = ([], [])
    for number in range(rounds):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for which in order:
            results[which].append(await (ours, reference)[which]())
    return results


def claim(
    name: str,
    *,
    ours: Sequence[float],
    reference: Sequence[float],
    unit: str,
    goal: str,
    packages: Sequence[str] = (),
    note: str = "",
) -> bool:
    """Print the claim and record it; the medians of the rounds count.

    Args:
        ours: One number per round.
        reference: The same of what we compare with; a single fixed bound is allowed.
        goal: `>=0.7` or `<=1.5`, of the ratio.
        packages: Distributions whose versions matter to the comparison.

    Returns:
        Whether the goal is reached.
    """
    middle, other = statistics.median(ours), statistics.median(reference)
    ratio = middle / other if other else float("inf")
    bound = float(goal[2:])
    held = ratio >= bound if goal.startswith(">=") else ratio <= bound
    print(
        f"claim {name} ours={_short(middle)} reference={_short(other)} unit={unit}"
        f" ratio={ratio:.2f} goal={goal} {'held' if held else 'short'}",
        flush=True,
    )
    _record(
        {
            "claim": name,
            "ours": middle,
            "reference": other,
            "unit": unit,
            "ratio": ratio,
            "goal": goal,
            "held": held,
            "rounds": {"ours": list(ours), "reference": list(reference)},
            "note": note,
            "versions": versions(packages),
        }
    )
    return held


def skipped(name: str, why: str) -> None:
    """Say that a reference is not to be had here."""
    print(f"claim {name} skipped {why}", flush=True)
    _record({"claim": name, "skipped": why})


def versions(packages: Sequence[str]) -> dict[str, str]:
    """What was compared, and on what."""
    found = {"backline": version("backline"), "python": platform.python_version()}
    found["system"] = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def allow_many_files(wanted: int = 8192) -> None:
    """Let this process and its children hold `wanted` sockets, as far as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def pin(core: int) -> None:
    """Keep this process on one core, if there are two: server and load must not share one."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) > 1:
        os.sched_setaffinity(0, {available[core % len(available)]})


def run(main: Callable[[], Awaitable[bool]]) -> None:
    """Run a bench and exit: 0 if every goal is reached, 1 if one is not."""

    async def all_of_it() -> bool:
        return await main()

    sys.exit(0 if asyncio.run(all_of_it()) else 1)


def _record(entry: dict[str, object]) -> None:
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": round(time()), **entry}) + "\n")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
