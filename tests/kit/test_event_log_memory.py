"""The event log within one process."""

from typing import ClassVar

import pytest

from backline.kit.testing.contracts.event_log import EventLogContract, LogFeatures
from backline.kit.testing.memory_log import MemoryEventLog


class TestMemoryEventLog(EventLogContract):
    features: ClassVar[object] = LogFeatures(outage=False)

    @pytest.fixture
    def event_log(self):
        return MemoryEventLog()

    @pytest.fixture
    def elsewhere(self, event_log):
        return event_log
