"""The event log in PostgreSQL."""

import pytest

from backline.kit.messaging.postgres import PostgresEventLog
from backline.kit.messaging.postgres_group import Lease
from backline.kit.testing.contracts.event_log import EventLogContract

QUICK = Lease(lasts_s=1.0, beat_s=0.05)


class TestPostgresEventLog(EventLogContract):
    @pytest.fixture
    async def event_log(self, log_database):
        log = PostgresEventLog(log_database, lease=QUICK)
        yield log
        await log.close()

    @pytest.fixture
    async def elsewhere(self, log_database):
        log = PostgresEventLog(log_database, lease=QUICK)
        yield log
        await log.close()
