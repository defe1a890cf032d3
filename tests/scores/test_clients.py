"""The real line-up over real gRPC keeps the contract of the port; its absence has one name."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backline.kit.rpc.client import channel
from backline.kit.testing.clock import FixedClock
from backline.scores.clients import GrpcLineup
from backline.scores.domain import LineupUnreachable
from tests.scores.lineup_contract import LineupContract, Rig, wish
from tests.scores.real_lineup import open_lineup


class TestGrpcLineup(LineupContract):
    @pytest.fixture
    async def rig(
        self, lineup_database: str, tmp_path: Path, clock: FixedClock
    ) -> AsyncIterator[Rig]:
        async with open_lineup(lineup_database, tmp_path, clock) as rig:
            yield rig


async def test_a_line_up_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    async with channel(f"unix:{tmp_path / 'nobody.sock'}") as nowhere:
        lineup = GrpcLineup(nowhere, timeout_s=30)
        for asked in (
            lineup.get_event(1),
            lineup.list_events(),
            lineup.apply(wish(1)),
            lineup.revert(wish(1)),
        ):
            with pytest.raises(LineupUnreachable):
                await asked
