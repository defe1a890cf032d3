"""The event log in Kafka, against real nodes."""

from typing import ClassVar
from uuid import uuid4

import pytest

from backline.kit.messaging.kafka import KafkaEventLog
from backline.kit.testing.contracts.event_log import EventLogContract, LogFeatures


class TestKafkaEventLog(EventLogContract):
    features: ClassVar[object] = LogFeatures(in_doubt=False, fencing=False)

    @pytest.fixture
    def url(self, kafka):
        return f"kafka://{kafka}/{uuid4().hex[:8]}"

    @pytest.fixture
    async def event_log(self, url):
        log = KafkaEventLog(url)
        yield log
        await log.close()

    @pytest.fixture
    async def elsewhere(self, url):
        log = KafkaEventLog(url)
        yield log
        await log.close()
