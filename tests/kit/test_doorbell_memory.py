"""The doorbell within one process."""

import pytest

from backline.kit.db.doorbell import MemoryDoorbell
from backline.kit.testing.contracts.doorbell import DoorbellContract


class TestMemoryDoorbell(DoorbellContract):
    @pytest.fixture
    async def near(self):
        return MemoryDoorbell()

    @pytest.fixture
    async def far(self, near):
        return near
