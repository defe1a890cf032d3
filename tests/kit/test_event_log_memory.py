"""The event log within one process."""

import pytest

from backline.kit.testing.contracts.event_log import EventLogContract
from backline.kit.testing.memory_log import MemoryEventLog


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    def event_log(self):
        return MemoryEventLog()

    @pytest.fixture
    def elsewhere(self, event_log):
        return event_log
