"""Who dies, and when: drawn from a seed, so that a run that failed can be run again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from tests.chaos.cluster import NODES

KAFKA = "kafka"
STEPS: dict[str, Sequence[str]] = {
    "serve lineup": ("command.written", "command.committed", "lineup.applied"),
    "worker lineup": ("relay.published", "relay.forgotten"),
    "serve scores": ("command.written", "command.committed"),
    "worker scores": (
        "saga.called",
        "saga.recorded",
        "relay.published",
        "relay.forgotten",
        "consumer.handled",
    ),
}
"""At which steps each kind of process may die."""

_TRIALS_PER_NODE = 12
_MOST_HITS = 8
_MOST_ANSWERS = 25


@dataclass(frozen=True, slots=True)
class Death:
    """One `kill -9`.

    Attributes:
        victim: A key of `STEPS`, or `KAFKA`.
        step: Where it dies by itself; None to be killed from outside.
        after: At which hit of the step; else, after so many more scores were accepted.
        node: Of Kafka.
    """

    victim: str
    step: str | None = None
    after: int = 1
    node: int = 0

    @override
    def __str__(self) -> str:
        if self.victim == KAFKA:
            return f"kafka node {self.node}, {self.after} scores later"
        if self.step is None:
            return f"{self.victim}, {self.after} scores later"
        return f"{self.victim} at {self.step}={self.after}"


def plan(seed: int, trials: int) -> list[Death]:
    """So many deaths: each step of each process, a node now and then, the rest at random."""
    dice = random.Random(seed)
    nodes = [
        Death(KAFKA, after=dice.randint(1, _MOST_ANSWERS), node=dice.randint(1, NODES))
        for _ in range(max(1, trials // _TRIALS_PER_NODE))
    ]
    named = [
        Death(victim, step, after=dice.randint(1, _MOST_HITS))
        for victim, steps in STEPS.items()
        for step in steps
    ]
    dice.shuffle(named)
    others = [_any(dice) for _ in range(max(0, trials - len(nodes) - len(named)))]
    deaths = [*nodes, *named, *others][:trials]
    dice.shuffle(deaths)
    return deaths


def _any(dice: random.Random) -> Death:
    victim = dice.choice(list(STEPS))
    if dice.random() < 0.5:
        return Death(victim, dice.choice(STEPS[victim]), after=dice.randint(1, _MOST_HITS))
    return Death(victim, after=dice.randint(1, _MOST_ANSWERS))
