"""Sagas within one process."""

import pytest

from backline.kit.saga.declaration import SagaRegistry
from backline.kit.testing.contracts.sagas import SagaContract
from backline.kit.testing.contracts.sagas.scenes import Called, Journey, journey
from backline.kit.testing.memory_sagas import MemorySagas
from tests.kit.saga_memory_world import memory_world


class TestMemorySagas(SagaContract):
    @pytest.fixture
    def make(self):
        async def make(*sagas):
            return memory_world(*sagas)

        return make


async def test_what_was_started_can_be_looked_at():
    sagas = MemorySagas(SagaRegistry([journey(Called())]))

    sagas.start(Journey("ann", "1A"))
    sagas.start(Journey("bob"))

    assert sagas.started == [Journey("ann", "1A"), Journey("bob")]
