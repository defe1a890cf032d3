"""The work queue within one process."""

import pytest

from backline.kit.testing.contracts.jobs import JobQueueContract
from backline.kit.testing.memory_jobs import MemoryJobQueue


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture
    def queue(self):
        return MemoryJobQueue()

    @pytest.fixture
    def elsewhere(self, queue):
        return queue
