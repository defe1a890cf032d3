"""The event log in Kafka, against real nodes."""

import asyncio
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import uuid4

import pytest

from backline.kit.messaging.kafka import KafkaEventLog
from backline.kit.testing.contracts.event_log import EventLogContract, LogFeatures


class TestKafkaEventLog(EventLogContract):
    features: ClassVar[object] = LogFeatures(in_doubt=False, fencing=False)

    @pytest.fixture
    def outage(self, kafka_node):
        @asynccontextmanager
        async def away():
            await asyncio.to_thread(kafka_node.kill, 1)
            yield
            await asyncio.to_thread(kafka_node.start)

        return away

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
