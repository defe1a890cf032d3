"""The miniaudio driver, its files decoded and mixed for real, its device pulled by the test."""

import pytest

from tests.player.conformance import PlayerConformance
from tests.player.rigs import MiniaudioRig


class TestMiniaudioConformance(PlayerConformance):
    """The miniaudio driver keeps the contract."""

    @pytest.fixture
    def rig(self, pulled: MiniaudioRig) -> MiniaudioRig:
        return pulled
