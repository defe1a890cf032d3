"""Sagas in PostgreSQL."""

from contextlib import AsyncExitStack

import pytest

from backline.kit.testing.contracts.sagas import SagaContract
from tests.kit.saga_world import build


class TestPostgresSagas(SagaContract):
    @pytest.fixture
    async def make(self, kit_database):
        async with AsyncExitStack() as stack:

            async def make(*sagas):
                return await build(kit_database, sagas, stack)

            yield make
