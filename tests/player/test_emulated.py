"""The emulated driver: the contract, and what a virtual clock makes possible."""

import pytest

from tests.player.conformance import PlayerConformance
from tests.player.rigs import EmulatedRig


class TestEmulatedConformance(PlayerConformance):
    """The emulated driver keeps the contract."""

    @pytest.fixture
    def rig(self, emulated: EmulatedRig) -> EmulatedRig:
        return emulated
