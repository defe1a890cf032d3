"""Tells when a deadline has passed. What is still to be told stands in the database alone."""

import asyncio

from backline.kit.core.actor import SYSTEM
from backline.kit.core.clock import Clock
from backline.kit.db.outage import repeat
from backline.kit.mediator import Mediator
from backline.lineup.commands import CloseDue
from backline.lineup.queries import NextDeadline

LOOK_EVERY_S = 1.0
"""Deadlines are moved and clocks are set: nobody sleeps longer than this."""
_SHORTEST_S = 0.01


class Deadlines:
    """Several may run: each act is closed by one of them, once."""

    def __init__(self, mediator: Mediator, clock: Clock) -> None:
        self._mediator = mediator
        self._clock = clock

    async def __call__(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set."""
        await repeat("lineup deadlines", self._look, stop)

    async def _look(self) -> float:
        """Close what is due; seconds until the next look."""
        deadline = await self._mediator.send(NextDeadline())
        if deadline is None:
            return LOOK_EVERY_S
        left_s = (deadline - self._clock.now()).total_seconds()
        if left_s <= 0:
            await self._mediator.send(CloseDue(), actor=SYSTEM)
            return _SHORTEST_S
        return min(left_s, LOOK_EVERY_S)
