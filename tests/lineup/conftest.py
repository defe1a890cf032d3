"""Fixtures of the line-up."""

from collections.abc import AsyncIterator

import pytest

from backline.kit.testing.clock import FixedClock
from backline.lineup.settings import Settings
from backline.lineup.wiring import Lineup
from tests.lineup.stage import Stage


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def stage(lineup_database: str, clock: FixedClock) -> AsyncIterator[Stage]:
    """An empty line-up over a database of its own; time stands still until it is moved."""
    lineup = Lineup(Settings(database_url=lineup_database), clock)
    yield Stage(lineup, clock)
    await lineup.close()
