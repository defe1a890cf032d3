"""Sagas within one process."""

from dataclasses import replace
from time import monotonic

import pytest

from backline.kit.saga.declaration import SagaRegistry
from backline.kit.testing.contracts.sagas import SagaContract
from backline.kit.testing.contracts.sagas.scenes import Called, Journey, Note, World, journey
from backline.kit.testing.memory_sagas import MemorySagas, MemoryTransactions


class TestMemorySagas(SagaContract):
    @pytest.fixture
    def make(self):
        async def make(*sagas):
            registry = SagaRegistry(sagas)
            store = MemorySagas(registry)
            notes, refuse = [], dict[str, Exception]()

            async def write(note):
                if note.text in refuse:
                    raise refuse[note.text]
                notes.append(note.text)

            async def begin(several):
                return [store.start(data) for data in several]

            async def written():
                return notes

            async def set_deadline(saga_id, in_s):
                store._sagas[saga_id].deadline = monotonic() + in_s

            return World(
                registry=registry,
                store=store,
                desk=store,
                transactions=MemoryTransactions({Note: write}),
                begin=begin,
                notes=written,
                set_deadline=set_deadline,
                refuse=refuse,
            )

        return make


async def test_what_was_started_can_be_looked_at():
    sagas = MemorySagas(SagaRegistry([journey(Called())]))
    data = Journey("ann", "1A")

    sagas.start(data)
    sagas.start(replace(data, who="bob"))

    assert sagas.started == [data, Journey("bob", "1A")]
