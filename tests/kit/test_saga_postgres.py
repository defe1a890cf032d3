"""Sagas in PostgreSQL."""

from contextlib import AsyncExitStack

import pytest

from backline.kit.testing.contracts.sagas import SagaContract
from tests.kit.saga_world import build, empty


@pytest.fixture(scope="module")
async def database(databases):
    """One for all cases: each finds it empty."""
    async with databases.fresh("backline.front") as url:
        yield url


class TestPostgresSagas(SagaContract):
    @pytest.fixture
    async def make(self, database):
        async with AsyncExitStack() as stack:

            async def make(*sagas):
                world = await build(database, sagas, stack)
                await empty(database)
                return world

            yield make
