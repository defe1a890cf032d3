"""Fixtures of the jukebox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backline.jukebox.wiring import Jukebox
from backline.kit.testing.clock import FixedClock
from tests.jukebox.rooms import TestRoom, settings


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def room(jukebox_database: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestRoom]:
    """An empty room over a database of its own; time stands still until it is moved."""
    jukebox = Jukebox(settings(jukebox_database, tmp_path), clock)
    yield TestRoom(jukebox, clock)
    await jukebox.close()
