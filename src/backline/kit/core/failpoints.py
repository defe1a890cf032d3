"""Named steps at which this process dies, for tests of what survives it.

    await log.append(shard, records)
    failpoint("relay.published")
    await forget(records)

Nothing is armed unless the setting `BACKLINE_FAILPOINTS` names it, and a step that is not armed
costs the call of an empty function. One that is ends the process with SIGKILL: nothing is closed,
flushed or told to anybody, as when the machine loses its power. After FreeBSD's fail(9).
"""

import os
import random
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_ONE = re.compile(r"(?P<name>[a-z][a-z_.]*)(=((?P<nth>[1-9]\d*)|(?P<percent>\d+(\.\d+)?)%))?")


class WrongFailpoint(ValueError):
    """It is not written as `name`, `name=3` or `name=2.5%`."""


class _Dice(Protocol):
    def random(self) -> float: ...


@dataclass(slots=True)
class _Armed:
    nth: int
    chance: float
    hits: int = 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Failpoints:
    """Which steps are armed.

    Args:
        die: What a hit does.
        dice: Decides about steps that are armed with a probability.
    """

    def __init__(self, die: Callable[[], None] = _die, dice: _Dice | None = None) -> None:
        self._die = die
        self._dice = dice or random.Random()  # noqa: S311 - nothing is kept secret by it
        self._armed: dict[str, _Armed] = {}

    def arm(self, wanted: str) -> None:
        """Arm the steps that `wanted` names, and no others.

        Args:
            wanted: Separated by commas: `name` dies at the first hit, `name=3` at the third,
                `name=2.5%` at each hit with that probability.

        Raises:
            WrongFailpoint: One of them is written in another way.
        """
        self._armed = dict(map(_read, filter(None, map(str.strip, wanted.split(",")))))

    def hit(self, name: str) -> None:
        """Pass the step `name`, or die there."""
        if not self._armed or (point := self._armed.get(name)) is None:
            return
        point.hits += 1
        if point.hits == point.nth or self._dice.random() < point.chance:
            self._die()


def _read(text: str) -> tuple[str, _Armed]:
    found = _ONE.fullmatch(text)
    if found is None:
        raise WrongFailpoint(f"{text!r} is no failpoint; write name, name=3 or name=2.5%.")
    if percent := found["percent"]:
        return found["name"], _Armed(nth=0, chance=float(percent) / 100)
    return found["name"], _Armed(nth=int(found["nth"] or 1), chance=0.0)


_of_this_process = Failpoints()
arm = _of_this_process.arm
failpoint = _of_this_process.hit
