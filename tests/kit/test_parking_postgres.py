"""Dead letters in the service's own database."""

import pytest

from backline.kit.db.doorbell import PostgresDoorbell
from backline.kit.db.engine import build_engine
from backline.kit.messaging.parking.postgres import PostgresParking
from backline.kit.testing.contracts.parking import ParkingContract


class TestPostgresParking(ParkingContract):
    @pytest.fixture
    async def parking(self, kit_database):
        engine = build_engine(kit_database)
        doorbell = PostgresDoorbell(kit_database)
        yield PostgresParking(engine, doorbell)
        await doorbell.close()
        await engine.dispose()
