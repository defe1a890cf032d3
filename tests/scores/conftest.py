"""Fixtures of the scores."""

from collections.abc import AsyncIterator

import pytest

from backline.kit.testing.clock import FixedClock
from tests.scores.stage import Door, Stage, open_stage


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def stage(scores_database: str, clock: FixedClock) -> AsyncIterator[Stage]:
    """The scores over a database of their own; time stands still until it is moved."""
    async with open_stage(scores_database, clock) as stage:
        yield stage


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[Door]:
    door = Door(stage)
    async with door.client:
        yield door
