"""The line-up that the other tests score against keeps the contract."""

import pytest

from backline.kit.testing.clock import FixedClock
from tests.scores.lineup_contract import LineupContract, Rig
from tests.scores.lineups import MemoryLineup


class TestMemoryLineup(LineupContract):
    @pytest.fixture
    def rig(self, clock: FixedClock) -> Rig:
        lineup = MemoryLineup(clock)
        return Rig(lineup, lineup.add, lineup.close, clock)
