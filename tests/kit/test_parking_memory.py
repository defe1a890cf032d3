"""Dead letters within one process."""

import pytest

from backline.kit.testing.contracts.parking import ParkingContract
from backline.kit.testing.memory_parking import MemoryParking


class TestMemoryParking(ParkingContract):
    @pytest.fixture
    def parking(self):
        return MemoryParking()
